import './panel.css';
import type { HostToPanel, PanelToHost } from '../src/protocol/panel';
import { Page } from './page';
import { startPage } from './shell';

startPage<HostToPanel, PanelToHost>((init, shell) => new Page(init, shell));
