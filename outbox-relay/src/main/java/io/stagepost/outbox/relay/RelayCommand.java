package io.stagepost.outbox.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command {@code relay}. */
@Command(
    name = "relay",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    versionProvider = RelayCommand.Version.class,
    header = "Sends what services have committed to their outbox.",
    footerHeading = "%nHow to begin:%n",
    footer = {
      "  export RELAY_DATABASE=jdbc:postgresql://localhost:5432/shop    # or jdbc:mariadb://...",
      "  export RELAY_BROKER=kafka://localhost:9092",
      "  relay verify     are the tables as they should be",
      "  relay run        send, until told to stop",
      "  relay status     how much waits"
    },
    subcommands = {
      RunCommand.class,
      VerifyCommand.class,
      StatusCommand.class,
      ParkedCommand.class,
      ShardsCommand.class,
      DdlCommand.class
    })
public final class RelayCommand implements Runnable {
  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Show stack traces, and what the clients log as warnings.")
  private boolean verbose;

  @Spec private @Nullable CommandSpec spec;

  /** For picocli. */
  RelayCommand() {}

  /**
   * Runs the command and ends the process with its exit code.
   *
   * @param args as the shell has split them
   */
  public static void main(String[] args) {
    int code = run(writer(FileDescriptor.out), writer(FileDescriptor.err), args);
    // What still runs belongs to the clients, and has nothing left to do.
    Runtime.getRuntime().exit(code);
  }

  private static PrintWriter writer(FileDescriptor to) {
    return new PrintWriter(new OutputStreamWriter(new FileOutputStream(to), UTF_8), true);
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
    RelayCommand root = new RelayCommand();
    CommandLine line = new CommandLine(root);
    describe(line);
    int code =
        line.setOut(out)
            .setErr(err)
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setParameterExceptionHandler((wrong, arguments) -> usage(wrong))
            .setExecutionStrategy(parsed -> root.execute(parsed, err))
            .setExecutionExceptionHandler((failure, command, parsed) -> root.failed(failure, err))
            .execute(args);
    out.flush();
    err.flush();
    return code;
  }

  private int execute(ParseResult parsed, PrintWriter err) {
    boolean running =
        parsed.hasSubcommand() && parsed.subcommand().commandSpec().name().equals("run");
    Logs.show(running, verbose, err);
    return new CommandLine.RunLast().execute(parsed);
  }

  private static void describe(CommandLine command) {
    Map<String, String> codes = new LinkedHashMap<>();
    Arrays.stream(ExitCode.values())
        .forEach(code -> codes.put(Integer.toString(code.number()), code.meaning()));
    command
        .getCommandSpec()
        .usageMessage()
        .abbreviateSynopsis(true)
        .exitCodeListHeading("%nExit codes:%n")
        .exitCodeList(codes);
    command.getSubcommands().values().forEach(RelayCommand::describe);
  }

  private static int usage(ParameterException wrong) {
    CommandLine command = wrong.getCommandLine();
    PrintWriter err = command.getErr();
    err.println("relay: " + wrong.getMessage());
    if (!CommandLine.UnmatchedArgumentException.printSuggestions(wrong, err)) {
      err.println("See: " + command.getCommandSpec().qualifiedName() + " --help");
    }
    return ExitCode.USAGE.number();
  }

  private int failed(Exception failure, PrintWriter err) {
    if (failure instanceof ParameterException wrong) {
      return usage(wrong);
    }
    err.println("relay: " + Complaint.of(failure));
    if (verbose) {
      failure.printStackTrace(err);
    }
    return ExitCode.ERROR.number();
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
      String version = RelayCommand.class.getPackage().getImplementationVersion();
      return new String[] {"relay " + (version == null ? "(unpackaged)" : version)};
    }
  }
}
