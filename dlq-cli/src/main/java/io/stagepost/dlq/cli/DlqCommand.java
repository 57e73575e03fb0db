package io.stagepost.dlq.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.stagepost.MessagingException;
import java.io.BufferedWriter;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command {@code dlq}. */
@Command(
    name = "dlq",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    versionProvider = DlqCommand.Version.class,
    header = "Understands dead letters, and replays them.",
    description = {
      "",
      "Reads what lies at dead-letter addresses of Kafka and RabbitMQ without consuming it,"
          + " whoever put it there: Stagepost, Spring Kafka, SmallRye, Kafka Connect or RabbitMQ"
          + " itself. A letter is named by where it lies: ADDRESS@PARTITION-POSITION on Kafka, such"
          + " as orders.payments.dead-letter@3-1042, and ADDRESS@POSITION on RabbitMQ."
    },
    footerHeading = "%nHow to begin:%n",
    footer = {
      "  export DLQ_BROKER=kafka://localhost:9092",
      "  dlq ls                                  what lies where",
      "  dlq groups orders.payments.dead-letter  what failed alike",
      "  dlq peek orders.payments.dead-letter --group 1f2e3d4c",
      "  dlq show orders.payments.dead-letter@3-1042"
    },
    subcommands = {
      LsCommand.class,
      GroupsCommand.class,
      PeekCommand.class,
      ShowCommand.class,
      ExportCommand.class,
      ImportCommand.class,
      PlanCommand.class,
      ReplayCommand.class,
      ParkCommand.class,
      UnparkCommand.class,
      DiscardCommand.class,
      RestoreCommand.class,
      EditCommand.class,
      PurgeCommand.class,
      RunsCommand.class,
      AuditCommand.class,
      CollectCommand.class,
      DoctorCommand.class,
      CompletionCommand.class
    })
@Ends({
  ExitCode.NOTHING_MATCHED,
  ExitCode.PARTIAL,
  ExitCode.CANARY,
  ExitCode.DRIFTED,
  ExitCode.LOCKED,
  ExitCode.REFUSED,
  ExitCode.INTERRUPTED
})
public final class DlqCommand implements Runnable {
  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Show stack traces, and what the brokers' clients log as warnings.")
  private boolean verbose;

  @Spec private @Nullable CommandSpec spec;

  /** For picocli. */
  DlqCommand() {}

  /**
   * Runs the command and ends the process with its exit code.
   *
   * @param args as the shell has split them
   */
  public static void main(String[] args) {
    PrintWriter out =
        new PrintWriter(new BufferedWriter(new OutputStreamWriter(new StandardOutput(), UTF_8)));
    PrintWriter err =
        new PrintWriter(new OutputStreamWriter(new FileOutputStream(FileDescriptor.err), UTF_8));
    int code = run(out, err, args);
    // What still runs belongs to the brokers' clients, and has nothing left to do.
    Runtime.getRuntime().exit(code);
  }

  /**
   * Runs the command.
   *
   * @param out where results go
   * @param err where complaints go
   * @param args as the shell has split them
   * @return the exit code
   */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    DlqCommand root = new DlqCommand();
    CommandLine line = new CommandLine(root);
    Integer columns = Terminal.columns();
    int width = columns == null ? 80 : Math.max(55, Math.min(columns, 100));
    everyCommand(line)
        .forEach(
            command -> {
              command.setUsageHelpWidth(width);
              describe(command);
            });
    line.setOut(out)
        .setErr(err)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler((wrong, arguments) -> usage(wrong))
        .setExecutionStrategy(
            parsed -> {
              Logs.show(root.verbose, err);
              try {
                return new CommandLine.RunLast().execute(parsed);
              } catch (OutputClosedException | MessagingException unwritten) { // help
                return root.failed(unwritten, err);
              }
            })
        .setExecutionExceptionHandler((failure, command, parsed) -> root.failed(failure, err));
    int code;
    try {
      code = line.execute(args);
      out.flush();
    } catch (OutputClosedException | MessagingException unwritten) { // what was kept back
      code = root.failed(unwritten, err);
    }
    err.flush();
    return code;
  }

  private static List<CommandLine> everyCommand(CommandLine line) {
    List<CommandLine> all = new ArrayList<>(List.of(line));
    line.getSubcommands().values().forEach(each -> all.addAll(everyCommand(each)));
    return all;
  }

  private static void describe(CommandLine command) {
    Map<String, String> codes = new LinkedHashMap<>();
    Ends ends = command.getCommandSpec().userObject().getClass().getAnnotation(Ends.class);
    Set<ExitCode> all = EnumSet.copyOf(ExitCode.EVERYWHERE);
    if (ends != null) {
      all.addAll(List.of(ends.value()));
    }
    all.forEach(code -> codes.put(Integer.toString(code.number()), code.meaning()));
    command
        .getCommandSpec()
        .usageMessage()
        .abbreviateSynopsis(true)
        .exitCodeListHeading("%nExit codes:%n")
        .exitCodeList(codes);
  }

  private static int usage(ParameterException wrong) {
    CommandLine command = wrong.getCommandLine();
    PrintWriter err = command.getErr();
    err.println("dlq: " + wrong.getMessage());
    if (!CommandLine.UnmatchedArgumentException.printSuggestions(wrong, err)) {
      err.println("See: " + command.getCommandSpec().qualifiedName() + " --help");
    }
    return ExitCode.USAGE.number();
  }

  private int failed(Exception failure, PrintWriter err) {
    ExitCode code = ExitCode.of(failure);
    if (code == ExitCode.OUTPUT_CLOSED) {
      return code.number();
    }
    err.println("dlq: " + Complaint.of(failure));
    if (verbose) {
      failure.printStackTrace(err);
    }
    return code.number();
  }

  @Override
  public void run() {
    throw new ParameterException(requireNonNull(spec).commandLine(), "Name a command.");
  }

  /** The version of the jar. */
  static final class Version implements CommandLine.IVersionProvider {
    /** For picocli. */
    Version() {}

    @Override
    public String[] getVersion() {
      String version = DlqCommand.class.getPackage().getImplementationVersion();
      return new String[] {"dlq " + (version == null ? "(unpackaged)" : version)};
    }
  }
}
