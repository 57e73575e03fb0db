package io.stagepost.asyncapi.cli;

import static java.util.Objects.requireNonNull;

import io.stagepost.asyncapi.Contracts;
import io.stagepost.asyncapi.catalogue.Catalogue;
import io.stagepost.asyncapi.catalogue.ContractMap;
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

/** The command {@code contract map}. */
@Command(
    name = "map",
    mixinStandardHelpOptions = true,
    description = "Shows who talks to whom, and where messages can go round.")
final class MapCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "DIR",
      arity = "1..*",
      description = "directories with AsyncAPI documents")
  private List<Path> directories = new ArrayList<>();

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = "text (default), dot, svg or json",
      converter = FormatName.class)
  private ContractMap.Format format = ContractMap.Format.TEXT;

  @Option(names = "--no-cycles", description = "a cycle makes the exit code 1")
  private boolean noCycles;

  @Spec private @Nullable CommandSpec spec;

  /** For picocli. */
  MapCommand() {}

  /** By its name, in any case. */
  static final class FormatName extends EnumName<ContractMap.Format> {
    /** For picocli. */
    FormatName() {
      super(ContractMap.Format.class);
    }
  }

  @Override
  public Integer call() {
    PrintWriter err = requireNonNull(spec).commandLine().getErr();
    Catalogue catalogue = Catalogue.read(Contracts.offline(), directories);
    DocsCommand.skipped(catalogue, err);
    catalogue.findings().stream()
        .map(finding -> finding.file())
        .distinct()
        .forEach(file -> err.println("contract: " + file + " is not valid, and not on the map"));
    ContractMap map = catalogue.map();
    requireNonNull(spec).commandLine().getOut().print(map.as(format));
    boolean isWrong = !catalogue.findings().isEmpty() || (noCycles && !map.cycles().isEmpty());
    return isWrong ? ContractCommand.FINDINGS : ContractCommand.FINE;
  }
}
