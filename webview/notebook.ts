import './notebook.css';
import type { ActivationFunction } from 'vscode-notebook-renderer';
import { renderOutput } from './notebook/output';

/** Renders outputs of notebooks that hold an analysis or an evaluation. It needs neither the host nor a kernel. */
export const activate: ActivationFunction = () => ({
  renderOutputItem: (item, element, signal) => renderOutput(item.text(), element, signal),
});
