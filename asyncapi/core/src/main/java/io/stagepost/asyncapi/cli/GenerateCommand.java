package io.stagepost.asyncapi.cli;

import static java.util.Objects.requireNonNull;

import io.stagepost.asyncapi.Checked;
import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Contracts;
import io.stagepost.asyncapi.Finding;
import io.stagepost.asyncapi.generate.Generated;
import io.stagepost.asyncapi.generate.Generator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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
    Generator generator = Generator.of(requireNonNull(packageName));
    Contracts reader = common.contracts();
    List<Contract> contracts = new ArrayList<>();
    List<Finding> findings = new ArrayList<>();
    List<String> read = new ArrayList<>();
    for (String file : common.files) {
      common.attempt(
          file,
          path -> {
            Checked checked = reader.check(path);
            findings.addAll(checked.findings());
            checked.contract().filter(contract -> checked.isValid()).ifPresent(contracts::add);
            read.add(file);
          });
    }
    if (contracts.size() == common.files.size()) {
      Generated generated = generator.generate(contracts);
      findings.addAll(generated.findings());
      if (generated.isComplete()) {
        generated.writeTo(requireNonNull(folder));
      }
    }
    return common.told(read, findings);
  }
}
