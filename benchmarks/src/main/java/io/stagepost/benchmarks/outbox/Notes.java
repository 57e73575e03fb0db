package io.stagepost.benchmarks.outbox;

/** Tables beside the report: what is not a comparison with ours. */
final class Notes {
  private final StringBuilder text = new StringBuilder();

  /** Begins a table. */
  void table(String title, String... columns) {
    text.append('\n').append(title).append(":\n\n");
    line(columns);
    text.append("|---".repeat(columns.length)).append("|\n");
  }

  void line(String... cells) {
    text.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
