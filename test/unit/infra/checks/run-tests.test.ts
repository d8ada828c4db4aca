import { describe, expect, it } from 'vitest';
import { countTests } from '../../../../infra/checks/run-tests.js';

const report = {
  success: true,
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 0,
  testResults: [{ status: 'passed', assertionResults: [{ status: 'passed' }] }],
};

describe('countTests', () => {
  it('counts passed, failed and skipped tests', () => {
    const failing = [
      { status: 'failed', assertionResults: [{ status: 'failed' }, { status: 'passed' }] },
    ];
    expect(
      countTests({
        ...report,
        success: false,
        numFailedTests: 1,
        numPendingTests: 2,
        testResults: failing,
      }),
    ).toEqual({ passed: 3, failed: 1, skipped: 2 });
  });

  it('counts a file that cannot be loaded as a failure', () => {
    const broken = [{ status: 'failed', assertionResults: [] }];
    expect(countTests({ ...report, success: false, testResults: broken }).failed).toBe(1);
  });

  it('never calls a failed run green', () => {
    expect(countTests({ ...report, success: false }).failed).toBe(1);
  });

  it('refuses a report it does not understand', () => {
    expect(() => countTests({ passed: 3 })).toThrow(/numPassedTests/);
  });
});
