package io.stagepost.asyncapi.cli;

import static java.util.Objects.requireNonNull;

import io.stagepost.asyncapi.Contracts;
import io.stagepost.asyncapi.Finding;
import io.stagepost.asyncapi.Report;
import io.stagepost.asyncapi.catalogue.Catalogue;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command {@code contract docs}. */
@Command(
    name = "docs",
    mixinStandardHelpOptions = true,
    description = {
      "Writes a searchable site of all contracts in directories.",
      "Contracts that are wrong are listed there with what is wrong, and make the exit code 1."
    })
final class DocsCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "DIR",
      arity = "1..*",
      description = "directories with AsyncAPI documents")
  private List<Path> directories = new ArrayList<>();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      required = true,
      description = "where the site goes: an empty directory, or an earlier site")
  private @Nullable Path output;

  @Option(names = "--force", description = "write even if the directory holds something else")
  private boolean force;

  @Option(
      names = "--online",
      description = "fetch references to URLs; never done without this option")
  private boolean online;

  @Spec private @Nullable CommandSpec spec;

  /** For picocli. */
  DocsCommand() {}

  @Override
  public Integer call() {
    PrintWriter out = requireNonNull(spec).commandLine().getOut();
    Contracts contracts = online ? Contracts.offline().online() : Contracts.offline();
    Catalogue catalogue = Catalogue.read(contracts, directories);
    Path target = requireNonNull(output);
    int changed = catalogue.write(target, force);
    skipped(catalogue, requireNonNull(spec).commandLine().getErr());
    List<Finding> findings = catalogue.findings();
    if (!findings.isEmpty()) {
      List<String> files = findings.stream().map(Finding::file).distinct().toList();
      out.print(Report.of(Report.Format.TEXT, files, findings));
    }
    out.println(
        catalogue.size()
            + (catalogue.size() == 1 ? " contract in " : " contracts in ")
            + target.resolve("index.html")
            + ", "
            + changed
            + (changed == 1 ? " file changed" : " files changed"));
    return findings.isEmpty() ? ContractCommand.FINE : ContractCommand.FINDINGS;
  }

  /** Tells of files that are no contracts: the first ones by name. */
  static void skipped(Catalogue catalogue, PrintWriter err) {
    List<String> skipped = catalogue.skipped();
    skipped.stream()
        .limit(5)
        .forEach(f -> err.println("contract: " + f + " is no AsyncAPI document"));
    if (skipped.size() > 5) {
      err.println("contract: so are " + (skipped.size() - 5) + " more files");
    }
  }
}
