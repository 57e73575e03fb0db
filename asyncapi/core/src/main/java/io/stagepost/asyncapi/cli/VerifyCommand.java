package io.stagepost.asyncapi.cli;

import static java.util.Objects.requireNonNull;

import io.stagepost.asyncapi.Checked;
import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Finding;
import io.stagepost.asyncapi.Report;
import io.stagepost.asyncapi.Severity;
import io.stagepost.asyncapi.expectation.Expectations;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

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

  @Mixin private Judging judging = new Judging();

  @Parameters(paramLabel = "FILE", description = "the contract")
  private @Nullable Path file;

  /** For picocli. */
  VerifyCommand() {}

  @Override
  public Integer call() {
    Path contractFile = requireNonNull(file);
    List<Finding> findings = new ArrayList<>();
    List<String> read = new ArrayList<>();
    judging.attempt(contractFile.toString(), path -> verify(path, findings, read));
    List<Finding> sorted = findings.stream().distinct().sorted().toList();
    judging.out().print(Report.of(format, read, sorted));
    return judging.code(sorted);
  }

  private void verify(Path contractFile, List<Finding> findings, List<String> read)
      throws IOException {
    Checked checked = judging.contracts().check(contractFile);
    read.add(contractFile.toString());
    checked.findings().stream().filter(f -> f.severity() == Severity.ERROR).forEach(findings::add);
    Contract contract = checked.contract().orElse(null);
    if (!findings.isEmpty() || contract == null) {
      return;
    }
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
