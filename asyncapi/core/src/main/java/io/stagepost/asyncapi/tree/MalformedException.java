package io.stagepost.asyncapi.tree;

/** Text that is no tree, or is larger or deeper than a tree may be. */
public final class MalformedException extends Exception {
  private static final long serialVersionUID = 1L;

  /** What is wrong. */
  private final transient Problem problem;

  MalformedException(Problem problem) {
    super(problem.place() + ": " + problem.message());
    this.problem = problem;
  }

  /**
   * What is wrong.
   *
   * @return with its place
   */
  public Problem problem() {
    return problem;
  }
}
