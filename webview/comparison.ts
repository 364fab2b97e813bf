import './comparison.css';
import type { ComparisonToHost, HostToComparison } from '../src/protocol/comparison';
import { ComparisonPage } from './comparison/page';
import { startPage } from './shell';

startPage<HostToComparison, ComparisonToHost>((init, shell) => new ComparisonPage(init, shell));
