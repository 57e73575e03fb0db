package io.stagepost.dlq.cli;

import io.stagepost.MessagingException;
import io.stagepost.dlq.Plan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * Where plans are kept, so that a run that was cut short can go on: a file each, named after its
 * run. They hold positions and counts, and nothing of letters.
 */
final class PlanFiles {
  @Option(
      names = "--plans",
      paramLabel = "FOLDER",
      defaultValue = "${env:DLQ_PLANS}",
      description =
          "Where plans are kept. Default: the environment variable DLQ_PLANS, or"
              + " stagepost/dlq/plans in XDG_STATE_HOME or ~/.local/state.")
  private @Nullable Path folder;

  /** For picocli. */
  PlanFiles() {}

  /** Keeps a plan. Returns its file. */
  Path keep(Plan plan) {
    Path file = file(plan.run());
    try {
      Files.createDirectories(folder());
    } catch (IOException failure) {
      throw new MessagingException(
          "SP-DLQ-162",
          "Plans cannot be kept in "
              + folder()
              + ": there can be no such folder. Name another one: --plans FOLDER",
          failure);
    }
    plan.write(file);
    return file;
  }

  /**
   * The plan of a run.
   *
   * @throws MessagingException {@code SP-DLQ-111} if it is not kept here
   */
  Plan of(String run) {
    Path file = file(run);
    if (!run.matches("[\\w.-]+") || !Files.exists(file)) {
      throw new MessagingException(
          "SP-DLQ-111",
          "The plan of the run "
              + run
              + " is not in "
              + folder()
              + ". Plans are kept where they were made: go on there, or bring the file, and name"
              + " it: dlq replay FILE");
    }
    return Plan.read(file);
  }

  private Path file(String run) {
    return folder().resolve(run + ".json");
  }

  private Path folder() {
    if (folder != null && !folder.toString().isEmpty()) {
      return folder;
    }
    String state = System.getenv("XDG_STATE_HOME");
    Path base =
        state == null || state.isBlank()
            ? Path.of(System.getProperty("user.home"), ".local", "state")
            : Path.of(state);
    return base.resolve("stagepost").resolve("dlq").resolve("plans");
  }
}
