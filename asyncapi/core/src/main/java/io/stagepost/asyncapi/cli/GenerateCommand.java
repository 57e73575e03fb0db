package io.stagepost.asyncapi.cli;

import static java.util.Objects.requireNonNull;

import io.stagepost.asyncapi.Checked;
import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.ContractException;
import io.stagepost.asyncapi.Contracts;
import io.stagepost.asyncapi.Finding;
import io.stagepost.asyncapi.Report;
import io.stagepost.asyncapi.generate.Generated;
import io.stagepost.asyncapi.generate.Generator;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The command {@code contract generate}. */
@Command(
    name = "generate",
    mixinStandardHelpOptions = true,
    description = {
      "Generates Java: records for what messages carry, event types, a publisher, an interface of"
          + " handlers.",
      "Nothing is written unless all documents are valid."
    })
final class GenerateCommand implements Callable<Integer> {
  @Mixin private ContractCommand.Common common = new ContractCommand.Common();

  @Option(
      names = "--package",
      paramLabel = "PACKAGE",
      required = true,
      description = "the Java package, such as com.example.shop")
  private @Nullable String packageName;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FOLDER",
      required = true,
      description = "the folder of sources, below which the package's folder is")
  private @Nullable Path folder;

  /** For picocli. */
  GenerateCommand() {}

  @Override
  public Integer call() throws IOException {
    CommandSpec command = requireNonNull(common.spec);
    PrintWriter err = command.commandLine().getErr();
    Generator generator = Generator.of(requireNonNull(packageName));
    Contracts reader = common.online ? Contracts.offline().online() : Contracts.offline();
    List<Contract> contracts = new ArrayList<>();
    List<Finding> findings = new ArrayList<>();
    List<String> read = new ArrayList<>();
    for (String file : common.files) {
      try {
        Checked checked = reader.check(Path.of(file));
        findings.addAll(checked.findings());
        checked.contract().filter(contract -> checked.isValid()).ifPresent(contracts::add);
        read.add(file);
      } catch (ContractException e) {
        err.println("contract: " + e.getMessage());
      } catch (InvalidPathException e) {
        err.println("contract: " + file + " is no path: " + e.getReason());
      }
    }
    if (contracts.size() == common.files.size()) {
      Generated generated = generator.generate(contracts);
      findings.addAll(generated.findings());
      if (generated.isComplete()) {
        generated.writeTo(requireNonNull(folder));
      }
    }
    List<Finding> sorted = findings.stream().distinct().sorted().toList();
    command.commandLine().getOut().print(Report.of(common.format, read, sorted));
    if (read.size() < common.files.size()) {
      return ContractCommand.UNREADABLE;
    }
    return sorted.stream().anyMatch(f -> f.severity().compareTo(common.failOn) <= 0)
        ? ContractCommand.FINDINGS
        : ContractCommand.FINE;
  }
}
