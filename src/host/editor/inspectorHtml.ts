import { escapeXml } from '../../core/report/escape';

export interface InspectorShell {
  /** `webview.cspSource`. */
  readonly cspSource: string;
  /** Fresh from a cryptographic source for each page. */
  readonly nonce: string;
  readonly script: string;
  readonly style: string;
  /** Language of the window, e.g. `de`. */
  readonly language: string;
  readonly title: string;
}

/** The empty page of the inspector; all data is posted after it says `ready`. */
export function inspectorHtml(shell: InspectorShell): string {
  // Styles of single elements (heights, positions) are set through the DOM, which the policy does not touch.
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${shell.nonce}'`,
    `style-src ${shell.cspSource}`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="${escapeXml(shell.language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${escapeXml(policy)}">
<title>${escapeXml(shell.title)}</title>
<link rel="stylesheet" href="${escapeXml(shell.style)}">
</head>
<body>
<main id="root"></main>
<script nonce="${shell.nonce}" src="${escapeXml(shell.script)}"></script>
</body>
</html>
`;
}
