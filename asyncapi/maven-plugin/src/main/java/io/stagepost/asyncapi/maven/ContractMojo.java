package io.stagepost.asyncapi.maven;

import io.stagepost.MessagingException;
import io.stagepost.asyncapi.Checked;
import io.stagepost.asyncapi.Contracts;
import io.stagepost.asyncapi.Finding;
import io.stagepost.asyncapi.Severity;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.maven.plugin.AbstractMojo;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;

/** What all goals have in common: the contracts, and how findings are told. */
abstract class ContractMojo extends AbstractMojo {
  /** The folder of the contracts: those whose names end in {@code .asyncapi.yaml}, yml or json. */
  @Parameter(property = "asyncapi.folder", defaultValue = "${project.basedir}/src/main/contracts")
  @SuppressWarnings("NullAway.Init")
  File folder;

  /** The contracts, if not all of the folder. */
  @Parameter List<File> contracts = new ArrayList<>();

  /** Whether references to URLs are fetched. */
  @Parameter(property = "asyncapi.online", defaultValue = "false")
  boolean online;

  /** The least severity that ends the build: error, warning or info. */
  @Parameter(property = "asyncapi.failOn", defaultValue = "error")
  String failOn = "error";

  /** Whether to do nothing. */
  @Parameter(property = "asyncapi.skip", defaultValue = "false")
  boolean skip;

  /** For Maven. */
  ContractMojo() {}

  @Override
  public void execute() throws MojoExecutionException, MojoFailureException {
    if (skip) {
      getLog().info("Skipped.");
      return;
    }
    List<Path> files = files();
    if (files.isEmpty() && !hasWorkWithout()) {
      getLog().info("No contracts in " + folder + ".");
      return;
    }
    try {
      run(files);
    } catch (MessagingException e) {
      throw new MojoExecutionException(e.getMessage(), e);
    } catch (IOException e) {
      throw new MojoExecutionException("The file system refuses: " + e, e);
    }
  }

  /** What the goal does with the contracts. */
  abstract void run(List<Path> files)
      throws IOException, MojoExecutionException, MojoFailureException;

  /** Whether there is something to do where no contracts are. */
  boolean hasWorkWithout() {
    return false;
  }

  final List<Checked> checked(List<Path> files) {
    return files.stream().map(reader()::check).toList();
  }

  final Contracts reader() {
    return online ? Contracts.offline().online() : Contracts.offline();
  }

  /** Whether the contracts are those that a folder has. */
  final boolean isWholeFolder() {
    return contracts.isEmpty() && folder.isDirectory();
  }

  static boolean isContract(String name) {
    return name.matches(".*\\.asyncapi\\.(yaml|yml|json)");
  }

  private List<Path> files() throws MojoExecutionException {
    if (!isWholeFolder()) {
      return contracts.stream().map(File::toPath).toList();
    }
    try (Stream<Path> all = Files.list(folder.toPath())) {
      return all.filter(file -> isContract(file.toString())).sorted().toList();
    } catch (IOException e) {
      throw new MojoExecutionException(folder + " cannot be read: " + e, e);
    }
  }

  /**
   * Tells what was found, as the compiler would.
   *
   * @throws MojoFailureException if something is as bad as {@code failOn}, or is an error
   */
  void tell(List<Finding> findings) throws MojoExecutionException, MojoFailureException {
    Severity least = least();
    Finding first = null;
    int bad = 0;
    for (Finding each : findings.stream().distinct().sorted().toList()) {
      String line =
          "%s:[%d,%d] %s [%s] %s"
              .formatted(
                  each.file(),
                  each.line(),
                  each.column(),
                  each.message(),
                  each.ruleId(),
                  each.remedy());
      switch (each.severity()) {
        case ERROR -> getLog().error(line);
        case WARNING -> getLog().warn(line);
        case INFO -> getLog().info(line);
      }
      if (each.severity() == Severity.ERROR || each.severity().compareTo(least) <= 0) {
        first = first == null ? each : first;
        bad++;
      }
    }
    fail(first, bad);
  }

  private static void fail(@Nullable Finding first, int bad) throws MojoFailureException {
    if (first != null) {
      throw new MojoFailureException(
          bad
              + (bad == 1 ? " finding" : " findings")
              + " in contracts; the first: "
              + first.file()
              + ":["
              + first.line()
              + ","
              + first.column()
              + "] "
              + first.message());
    }
  }

  private Severity least() throws MojoExecutionException {
    return constant(Severity.class, "failOn", failOn);
  }

  /** The constant that a setting names, in any case. */
  static <E extends Enum<E>> E constant(Class<E> type, String setting, String value)
      throws MojoExecutionException {
    for (E each : type.getEnumConstants()) {
      if (each.name().equalsIgnoreCase(value)) {
        return each;
      }
    }
    throw new MojoExecutionException(
        setting
            + " is '"
            + value
            + "'; it is to be one of "
            + Arrays.toString(type.getEnumConstants()).toLowerCase(Locale.ROOT)
            + ".");
  }
}
