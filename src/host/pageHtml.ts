export interface PageSources {
  /** `webview.cspSource`. */
  readonly cspSource: string;
  /** Fresh for each page, from a cryptographic source. */
  readonly nonce: string;
  readonly script: string;
  readonly style: string;
  /** BCP 47, for screen readers and quotes. */
  readonly language: string;
}

/**
 * The shell of a page: no data, no inline script, no way to load or to send anything. What it shows is
 * posted after it says `ready`. The nonce is also in a meta tag: the controls look for it there before they make
 * a style element (to find out whether the browser knows `:focus-visible`).
 */
export function pageHtml({ cspSource, nonce, script, style, language }: PageSources): string {
  const policy = [
    `default-src 'none'`,
    `style-src ${cspSource} 'nonce-${nonce}'`,
    `script-src 'nonce-${nonce}'`,
    `base-uri 'none'`,
    `form-action 'none'`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="${attribute(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${attribute(policy)}">
<meta property="csp-nonce" content="${attribute(nonce)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>SPLoRA</title>
<link rel="stylesheet" href="${attribute(style)}">
</head>
<body>
<script nonce="${attribute(nonce)}" src="${attribute(script)}"></script>
</body>
</html>
`;
}

function attribute(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
