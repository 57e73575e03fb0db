package io.stagepost.asyncapi.cli;

import static java.util.Objects.requireNonNull;

import io.stagepost.asyncapi.diff.DiffPolicy;
import io.stagepost.asyncapi.diff.DiffReport;
import io.stagepost.asyncapi.diff.DiffReport.Compared;
import io.stagepost.asyncapi.diff.FileDiff;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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
      "contract diff --against git:REF|DIR FILE..."
    })
final class DiffCommand implements Callable<Integer> {
  @Option(
      names = "--against",
      paramLabel = "git:REF|DIR",
      description =
          "compare each file with what it was in a commit, branch or tag, or with the file of its"
              + " name in a folder; several are compared one by one")
  private List<String> against = new ArrayList<>();

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = "text (default), json, sarif, junit, github or markdown",
      converter = FormatName.class)
  private DiffReport.Format format = DiffReport.Format.TEXT;

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

  @Mixin private Judging judging = new Judging();

  @Parameters(paramLabel = "FILE", arity = "1..*", description = "the newer one last")
  private List<String> files = new ArrayList<>();

  @Spec private @Nullable CommandSpec spec;

  /** For picocli. */
  DiffCommand() {}

  /** By its name, in any case. */
  static final class FormatName extends EnumName<DiffReport.Format> {
    /** For picocli. */
    FormatName() {
      super(DiffReport.Format.class);
    }
  }

  /** By its name, in any case. */
  static final class ModelsName extends EnumName<DiffPolicy.Models> {
    /** For picocli. */
    ModelsName() {
      super(DiffPolicy.Models.class);
    }
  }

  /** By its name, in any case. */
  static final class ReplayName extends EnumName<DiffPolicy.Replay> {
    /** For picocli. */
    ReplayName() {
      super(DiffPolicy.Replay.class);
    }
  }

  @Override
  public Integer call() {
    CommandSpec command = requireNonNull(spec);
    FileDiff diff = FileDiff.by(judging.contracts(), new DiffPolicy(today, models, replay, sealed));
    List<Compared> compared = new ArrayList<>();
    if (against.isEmpty()) {
      if (files.size() < 2) {
        throw new ParameterException(
            command.commandLine(), "Name two files, OLD and NEW, or --against git:REF and a file.");
      }
      String newer = files.get(files.size() - 1);
      for (String older : files.subList(0, files.size() - 1)) {
        judging.attempt(newer, file -> compared.add(diff.files(Path.of(older), file)));
      }
    } else {
      for (String each : against) {
        if (!FileDiff.isVersions(each)) {
          throw new ParameterException(
              command.commandLine(),
              "'" + each + "' is neither of the form git:REF, such as git:main, nor a folder.");
        }
      }
      for (String newer : files) {
        for (String each : against) {
          judging.attempt(newer, file -> compared.add(diff.since(each, file)));
        }
      }
    }
    judging.out().print(DiffReport.of(format, compared));
    return judging.code(compared.stream().flatMap(each -> each.all().stream()).toList());
  }
}
