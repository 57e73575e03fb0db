package io.stagepost.asyncapi.cli;

import static java.util.Objects.requireNonNull;

import io.stagepost.asyncapi.Checked;
import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Contracts;
import io.stagepost.asyncapi.Finding;
import io.stagepost.asyncapi.Report;
import io.stagepost.asyncapi.Severity;
import io.stagepost.asyncapi.expectation.Expectations;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    description = "Checks that a contract gives its consumers what they need.")
final class VerifyCommand implements Callable<Integer> {
  private static final String SUFFIX = ".expectation";

  @Option(
      names = "--expectations",
      required = true,
      arity = "1..*",
      paramLabel = "DIR|FILE",
      description =
          "the consumers' files; of a folder, and of those in it, those whose names end in"
              + " .expectation.yaml, .yml or .json")
  private List<Path> expectations = new ArrayList<>();

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = "text (default), json, sarif, junit or github",
      converter = ContractCommand.FormatName.class)
  private Report.Format format = Report.Format.TEXT;

  @Option(
      names = "--fail-on",
      paramLabel = "SEVERITY",
      description = "the least severity that makes the exit code 1: error (default), warning, info",
      converter = ContractCommand.SeverityName.class)
  private Severity failOn = Severity.ERROR;

  @Option(names = "--online", description = "fetch references to URLs; never done without this")
  private boolean online;

  @Parameters(paramLabel = "FILE", description = "the contract")
  private @Nullable Path file;

  @Spec private @Nullable CommandSpec spec;

  /** For picocli. */
  VerifyCommand() {}

  @Override
  public Integer call() {
    CommandSpec command = requireNonNull(spec);
    Path contractFile = requireNonNull(file);
    Contracts contracts = online ? Contracts.offline().online() : Contracts.offline();
    Checked checked = contracts.check(contractFile);
    List<Finding> findings =
        new ArrayList<>(
            checked.findings().stream().filter(f -> f.severity() == Severity.ERROR).toList());
    List<String> read = new ArrayList<>(List.of(contractFile.toString()));
    boolean unreadable = false;
    Contract contract = checked.contract().orElse(null);
    if (findings.isEmpty() && contract != null) {
      try {
        for (Path each : files()) {
          Expectations consumer = Expectations.read(each);
          read.add(each.toString());
          if (consumer.isAbout(contract)) {
            findings.addAll(consumer.verify(contract));
          }
        }
        if (read.size() == 1) {
          findings.add(nothing(contractFile));
        }
      } catch (IOException e) {
        String why =
            e instanceof NoSuchFileException
                ? e.getMessage() + " cannot be read: there is no such file"
                : "expectations cannot be read: " + e;
        command.commandLine().getErr().println("contract: " + why);
        unreadable = true;
      }
    }
    List<Finding> sorted = findings.stream().distinct().sorted().toList();
    command.commandLine().getOut().print(Report.of(format, read, sorted));
    if (unreadable) {
      return ContractCommand.UNREADABLE;
    }
    return sorted.stream().anyMatch(f -> f.severity().compareTo(failOn) <= 0)
        ? ContractCommand.FINDINGS
        : ContractCommand.FINE;
  }

  private static Finding nothing(Path contract) {
    return new Finding(
        "expect-nothing",
        Severity.WARNING,
        contract.toString(),
        1,
        1,
        "",
        "there are no expectations to verify",
        "Name files, or a folder with files such as billing.expectation.yaml.");
  }

  private List<Path> files() throws IOException {
    List<Path> files = new ArrayList<>();
    for (Path each : expectations) {
      if (!Files.isDirectory(each)) {
        files.add(each);
        continue;
      }
      try (Stream<Path> inside = Files.walk(each)) {
        inside.filter(VerifyCommand::isExpectation).sorted().forEach(files::add);
      }
    }
    return files;
  }

  private static boolean isExpectation(Path path) {
    String name = path.getFileName().toString();
    return Files.isRegularFile(path)
        && Stream.of(".yaml", ".yml", ".json").anyMatch(end -> name.endsWith(SUFFIX + end));
  }
}
