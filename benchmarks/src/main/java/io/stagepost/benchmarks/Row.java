package io.stagepost.benchmarks;

/** One comparison: the same work, done by us and by another. */
interface Row {
  /** What is done, and against whom. */
  String name();

  /** The least ratio of ours to theirs that the project aims for. */
  double target();

  /** Does it our way. Returns events per second. */
  double ours() throws Exception;

  /** Does it their way. Returns events per second. */
  double theirs() throws Exception;
}
