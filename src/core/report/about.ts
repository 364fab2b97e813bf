/** How scores are to be read, and what they do not prove. Stands in every analysis and report. */
export const ABOUT = [
  'E-DIEM says how far the update of a LoRA module is from the alignment subspace, compared with what is typical among the ' +
    'modules it is compared with.',
  'It measures weights, not behavior: a high score proves no harm, a low one no safety, and what pruning does to ' +
    'refusals and to the task has to be tested on the model.',
  'The projector C = V Vᵀ / ‖V‖ is an approximation that shrinks with the alignment step V, so that after a small ' +
    'step the distance follows the size of the update: read cosine, retained share, relative distance and reversal ' +
    'beside it.',
  'The published pruning loop compares each module with 50 copies of itself, where mean and spread say nothing and the ' +
    'score is rounding noise minus the quartile shift; here the population is the modules of this adapter, so these ' +
    'numbers are not those of that loop.',
].join(' ');
