package io.stagepost.asyncapi.cli;

import static java.util.Objects.requireNonNull;

import io.stagepost.asyncapi.Checked;
import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.ContractException;
import io.stagepost.asyncapi.Contracts;
import io.stagepost.asyncapi.Finding;
import io.stagepost.asyncapi.Severity;
import io.stagepost.asyncapi.Waivers;
import io.stagepost.asyncapi.diff.ContractDiff;
import io.stagepost.asyncapi.diff.DiffPolicy;
import io.stagepost.asyncapi.diff.DiffReport;
import io.stagepost.asyncapi.diff.DiffReport.Compared;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "diff",
    mixinStandardHelpOptions = true,
    description = {
      "Compares versions of a contract: whom does a change break?",
      "contract diff OLD... NEW",
      "contract diff --against git:REF FILE..."
    })
final class DiffCommand implements Callable<Integer> {
  private static final String GIT = "git:";

  @Option(
      names = "--against",
      paramLabel = "git:REF",
      description =
          "compare each file with what it was in a commit, branch or tag; several are compared one"
              + " by one")
  private List<String> against = new ArrayList<>();

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = "text (default), json, sarif, junit, github or markdown",
      converter = FormatName.class)
  private DiffReport.Format format = DiffReport.Format.TEXT;

  @Option(
      names = "--fail-on",
      paramLabel = "SEVERITY",
      description = "the least severity that makes the exit code 1: error (default), warning, info",
      converter = ContractCommand.SeverityName.class)
  private Severity failOn = Severity.ERROR;

  @Option(
      names = "--models",
      paramLabel = "MODELS",
      description =
          "what JSON Schemas mean by properties that they do not name: declared (default; nobody"
              + " writes them, readers ignore them unless the model is closed), tolerant (readers"
              + " ignore them always) or strict (anybody may write anything)",
      converter = ModelsName.class)
  private DiffPolicy.Models models = DiffPolicy.Models.DECLARED;

  @Option(
      names = "--replay",
      paramLabel = "REPLAY",
      description =
          "whether old messages are read again: auto (default; on logs such as Kafka), always or"
              + " never",
      converter = ReplayName.class)
  private DiffPolicy.Replay replay = DiffPolicy.Replay.AUTO;

  @Option(
      names = "--sealed",
      description = "subscribers fail at types of messages that they do not know")
  private boolean sealed;

  @Option(
      names = "--today",
      paramLabel = "DATE",
      description = "the day against which sunsets and waivers are held; default: today (UTC)")
  private LocalDate today = LocalDate.now(ZoneOffset.UTC);

  @Option(names = "--online", description = "fetch references to URLs; never done without this")
  private boolean online;

  @Parameters(paramLabel = "FILE", arity = "1..*", description = "the newer one last")
  private List<String> files = new ArrayList<>();

  @Spec private @Nullable CommandSpec spec;

  private boolean unreadable;

  /** For picocli. */
  DiffCommand() {}

  /** By its name, in any case. */
  static final class FormatName implements ITypeConverter<DiffReport.Format> {
    /** For picocli. */
    FormatName() {}

    @Override
    public DiffReport.Format convert(String value) {
      return ContractCommand.named(DiffReport.Format.class, value);
    }
  }

  /** By its name, in any case. */
  static final class ModelsName implements ITypeConverter<DiffPolicy.Models> {
    /** For picocli. */
    ModelsName() {}

    @Override
    public DiffPolicy.Models convert(String value) {
      return ContractCommand.named(DiffPolicy.Models.class, value);
    }
  }

  /** By its name, in any case. */
  static final class ReplayName implements ITypeConverter<DiffPolicy.Replay> {
    /** For picocli. */
    ReplayName() {}

    @Override
    public DiffPolicy.Replay convert(String value) {
      return ContractCommand.named(DiffPolicy.Replay.class, value);
    }
  }

  @Override
  public Integer call() {
    CommandSpec command = requireNonNull(spec);
    List<Compared> compared = new ArrayList<>();
    if (against.isEmpty()) {
      if (files.size() < 2) {
        throw new ParameterException(
            command.commandLine(), "Name two files, OLD and NEW, or --against git:REF and a file.");
      }
      String newer = files.get(files.size() - 1);
      for (String older : files.subList(0, files.size() - 1)) {
        attempt(newer, file -> compared.add(compare(older, Path.of(older), file, name -> name)));
      }
    } else {
      for (String each : against) {
        if (!each.startsWith(GIT) || each.length() == GIT.length()) {
          throw new ParameterException(
              command.commandLine(),
              "'" + each + "' is not of the form git:REF, such as git:main.");
        }
      }
      for (String newer : files) {
        for (String each : against) {
          String reference = each.substring(GIT.length());
          attempt(newer, file -> compared.add(compareWithGit(reference, file)));
        }
      }
    }
    command.commandLine().getOut().print(DiffReport.of(format, compared));
    if (unreadable) {
      return ContractCommand.UNREADABLE;
    }
    return compared.stream()
            .flatMap(each -> each.all().stream())
            .anyMatch(finding -> finding.severity().compareTo(failOn) <= 0)
        ? ContractCommand.FINDINGS
        : ContractCommand.FINE;
  }

  private interface Comparing {
    void of(Path newer) throws IOException;
  }

  private void attempt(String newer, Comparing comparing) {
    String why;
    try {
      comparing.of(Path.of(newer));
      return;
    } catch (ContractException e) {
      why = e.getMessage();
    } catch (InvalidPathException e) {
      why = e.getInput() + " is no path: " + e.getReason();
    } catch (IOException e) {
      why = newer + " cannot be compared: " + e.getMessage();
    }
    unreadable = true;
    requireNonNull(spec).commandLine().getErr().println("contract: " + why);
  }

  private Compared compareWithGit(String reference, Path newer) throws IOException {
    Path folder = Files.createTempDirectory("contract");
    try {
      GitFiles.Found found = GitFiles.copy(reference, newer, folder);
      String name = GIT + reference + ":" + folder.relativize(found.file());
      if (!found.exists()) {
        return new Compared(
            name,
            newer.toString(),
            "",
            "",
            null,
            List.of(
                finding(
                    newer,
                    "diff-no-old",
                    Severity.WARNING,
                    "there is no such file at " + reference + ": it was compared with nothing",
                    "Nothing to do if the contract is new; compare by name if it was moved.")));
      }
      String prefix = folder + folder.getFileSystem().getSeparator();
      return compare(
          name, found.file(), newer, text -> text.replace(prefix, GIT + reference + ":"));
    } finally {
      delete(folder);
    }
  }

  private Compared compare(String name, Path older, Path newer, UnaryOperator<String> names) {
    Contracts contracts = online ? Contracts.offline().online() : Contracts.offline();
    Checked old = contracts.check(older);
    Checked now = contracts.check(newer);
    List<Finding> errors =
        now.findings().stream().filter(f -> f.severity() == Severity.ERROR).toList();
    Contract before = old.contract().orElse(null);
    Contract after = now.contract().orElse(null);
    if (!errors.isEmpty() || after == null) {
      return new Compared(name, newer.toString(), "", "", null, errors);
    }
    List<Finding> findings = new ArrayList<>(invalid(old, newer, after, names));
    if (before == null) {
      return new Compared(name, newer.toString(), after.title(), "", null, findings);
    }
    ContractDiff diff =
        ContractDiff.between(before, after, new DiffPolicy(today, models, replay, sealed));
    return Compared.of(name, before, after, diff.naming(names), findings);
  }

  /** What is wrong with the older contract, told in the newer one, where it can be waived. */
  private List<Finding> invalid(
      Checked old, Path newer, Contract after, UnaryOperator<String> names) {
    List<Finding> findings = new ArrayList<>();
    boolean waived =
        Waivers.of(after)
            .granted("diff-old-invalid", after.node())
            .filter(granted -> !granted.expires().isBefore(today))
            .isPresent();
    for (Finding wrong : old.findings()) {
      if (wrong.severity() == Severity.ERROR) {
        // An example that does not match hides no change.
        boolean harmless = wrong.ruleId().startsWith("example-");
        findings.add(
            finding(
                newer,
                "diff-old-invalid",
                waived ? Severity.INFO : harmless ? Severity.WARNING : Severity.ERROR,
                "the older contract is not valid, so that changes may be hidden: "
                    + names.apply(wrong.file())
                    + ":"
                    + wrong.line()
                    + ":"
                    + wrong.column()
                    + " "
                    + wrong.ruleId()
                    + ": "
                    + names.apply(wrong.message()),
                "Compare with a version that is valid, or waive diff-old-invalid once."));
      }
    }
    return findings;
  }

  private static Finding finding(
      Path file, String rule, Severity severity, String message, String remedy) {
    return new Finding(rule, severity, file.toString(), 1, 1, "", message, remedy);
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the copy in " + folder + " cannot be deleted", e);
    }
  }
}
