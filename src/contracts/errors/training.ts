/** @file Error codes of training runs. */
export const TRAINING_ERRORS = {
  run_not_found: { status: 404, fix: 'See which there are: under Runs in the studio, or with GET /api/v1/runs.' },
  training_option_invalid: { status: 400, fix: 'Correct the option that the message names.' },
  too_few_pictures: {
    status: 422,
    fix: 'Add pictures: at least one of every class to train on, better dozens. A smaller validation share helps, too.',
  },
  training_diverged: { status: 422, fix: 'Try a learning rate ten times smaller.' },
  callback_failed: { status: 422, fix: 'Correct the callback that the message names.' },
  checkpoint_not_found: {
    status: 404,
    fix: 'Start a new training; a run keeps its checkpoint until it has succeeded.',
  },
  checkpoint_invalid: { status: 422, fix: 'Start a new training: this checkpoint cannot be continued.' },
  checkpoint_mismatch: {
    status: 409,
    fix: 'Continue with the dataset and the options that the run began with, or start a new training.',
  },
  training_interrupted: { status: 500, fix: 'Start the training again.' },
  run_attempts_exhausted: { status: 500, fix: 'See the run log for what stopped each attempt, then start a new run.' },
} as const;
