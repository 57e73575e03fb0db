package io.stagepost.asyncapi.cli;

import static java.util.Objects.requireNonNull;

import io.stagepost.asyncapi.ContractException;
import io.stagepost.asyncapi.Contracts;
import io.stagepost.asyncapi.Finding;
import io.stagepost.asyncapi.Severity;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What commands take that judge files, and the exit code that follows from what they found. */
class Judging {
  @Option(
      names = "--fail-on",
      paramLabel = "SEVERITY",
      description = "the least severity that makes the exit code 1: error (default), warning, info",
      converter = ContractCommand.SeverityName.class)
  private Severity failOn = Severity.ERROR;

  @Option(
      names = "--online",
      description = "fetch references to URLs; never done without this option")
  private boolean online;

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec spec;

  private boolean unreadable;

  /** For picocli. */
  Judging() {}

  /** Something done with a file. */
  interface Work {
    void with(Path file) throws IOException;
  }

  final Contracts contracts() {
    return online ? Contracts.offline().online() : Contracts.offline();
  }

  final PrintWriter out() {
    return requireNonNull(spec).commandLine().getOut();
  }

  /** Does something with a file, or tells why it cannot be read; whether it could. */
  final boolean attempt(String file, Work work) {
    boolean done = attempt(requireNonNull(spec).commandLine().getErr(), file, work);
    unreadable |= !done;
    return done;
  }

  static boolean attempt(PrintWriter err, String file, Work work) {
    String why;
    try {
      work.with(Path.of(file));
      return true;
    } catch (ContractException e) {
      why = e.getMessage();
    } catch (InvalidPathException e) {
      why = file + " is no path: " + e.getReason();
    } catch (NoSuchFileException e) {
      why = e.getMessage() + " cannot be read: there is no such file";
    } catch (IOException e) {
      why = file + ": " + e.getMessage();
    }
    err.println("contract: " + why);
    return false;
  }

  final int code(Collection<Finding> findings) {
    if (unreadable) {
      return ContractCommand.UNREADABLE;
    }
    return findings.stream().anyMatch(f -> f.severity().compareTo(failOn) <= 0)
        ? ContractCommand.FINDINGS
        : ContractCommand.FINE;
  }
}
