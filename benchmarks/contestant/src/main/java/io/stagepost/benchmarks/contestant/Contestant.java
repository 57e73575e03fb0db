package io.stagepost.benchmarks.contestant;

/** One way of doing the work that is measured. */
public interface Contestant {
  /**
   * Does a job from beginning to end, and cleans up after it. The clock runs from the first event
   * that the tally is handed to the last, so that neither joining nor leaving a group counts.
   *
   * @param job what to do
   * @param tally is handed every event once it is decoded; {@link Tally#await()} waits for the last
   * @throws Exception if it cannot be done
   */
  void run(Job job, Tally tally) throws Exception;
}
