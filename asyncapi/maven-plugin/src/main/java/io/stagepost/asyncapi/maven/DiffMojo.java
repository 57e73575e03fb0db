package io.stagepost.asyncapi.maven;

import io.stagepost.asyncapi.diff.DiffPolicy;
import io.stagepost.asyncapi.diff.DiffReport;
import io.stagepost.asyncapi.diff.DiffReport.Compared;
import io.stagepost.asyncapi.diff.FileDiff;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;

/**
 * Compares the contracts with what they were, and ends a build that would break others: by the
 * rules of {@code bin/contract diff}.
 */
@Mojo(name = "diff", defaultPhase = LifecyclePhase.VERIFY, threadSafe = true)
public final class DiffMojo extends ContractMojo {
  /** What to compare with: {@code git:REF}, a commit, branch or tag; or a folder. */
  @Parameter(property = "asyncapi.against", required = true)
  @SuppressWarnings("NullAway.Init")
  String against;

  /** What JSON Schemas mean by properties that they do not name: declared, tolerant or strict. */
  @Parameter(property = "asyncapi.models", defaultValue = "declared")
  String models = "declared";

  /** Whether old messages are read again: auto, always or never. */
  @Parameter(property = "asyncapi.replay", defaultValue = "auto")
  String replay = "auto";

  /** Whether subscribers fail at types of messages that they do not know. */
  @Parameter(name = "sealed", property = "asyncapi.sealed", defaultValue = "false")
  boolean isSealed;

  /** The names of files that were contracts of the folder, and are gone on purpose. */
  @Parameter(property = "asyncapi.removed")
  List<String> removed = new ArrayList<>();

  /** Where a report is written; none if it is not given. */
  @Parameter(property = "asyncapi.report")
  @Nullable File report;

  /** How the report is written: text, json, sarif, junit, github or markdown. */
  @Parameter(property = "asyncapi.format", defaultValue = "markdown")
  String format = "markdown";

  /** For Maven. */
  public DiffMojo() {}

  @Override
  boolean hasWorkWithout() {
    return isWholeFolder(); // All of them may be gone.
  }

  @Override
  void run(List<Path> files) throws IOException, MojoExecutionException, MojoFailureException {
    if (!FileDiff.isVersions(against)) {
      throw new MojoExecutionException(
          "against is '" + against + "'; it is to be git:REF, such as git:main, or a folder.");
    }
    DiffPolicy standard = DiffPolicy.standard();
    FileDiff diff =
        FileDiff.by(
            reader(),
            new DiffPolicy(
                standard.today(),
                constant(DiffPolicy.Models.class, "models", models),
                constant(DiffPolicy.Replay.class, "replay", replay),
                isSealed));
    List<Compared> compared = new ArrayList<>();
    try {
      for (Path file : files) {
        compared.add(diff.since(against, file));
      }
      if (isWholeFolder()) {
        compared.addAll(diff.removed(against, folder.toPath(), ContractMojo::isContract, removed));
      }
    } catch (IOException e) {
      throw new MojoExecutionException("The contracts cannot be compared: " + e.getMessage(), e);
    }
    write(compared);
    tell(compared.stream().flatMap(each -> each.all().stream()).toList());
  }

  private void write(List<Compared> compared) throws IOException, MojoExecutionException {
    if (report != null) {
      Path target = report.toPath().toAbsolutePath();
      Path parent = target.getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      Files.writeString(
          target, DiffReport.of(constant(DiffReport.Format.class, "format", format), compared));
    }
  }
}
