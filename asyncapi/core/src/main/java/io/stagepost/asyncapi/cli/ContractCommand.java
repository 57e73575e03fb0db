package io.stagepost.asyncapi.cli;

import static java.util.Objects.requireNonNull;

import io.stagepost.MessagingException;
import io.stagepost.asyncapi.Checked;
import io.stagepost.asyncapi.Contracts;
import io.stagepost.asyncapi.Finding;
import io.stagepost.asyncapi.Linter;
import io.stagepost.asyncapi.Report;
import io.stagepost.asyncapi.Severity;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command {@code contract}. */
@Command(
    name = "contract",
    description = "Checks AsyncAPI 3 contracts.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      ContractCommand.Validate.class,
      ContractCommand.Lint.class,
      DiffCommand.class,
      VerifyCommand.class,
      GenerateCommand.class,
      ImportCommand.class,
      DocsCommand.class,
      MapCommand.class,
      AuditCommand.class,
      CapacityCommand.class,
      AclCommand.class
    },
    footer = {
      "",
      "Exit codes: 0 nothing wrong, 1 findings, 2 wrong usage, 3 a file cannot be read."
    })
public final class ContractCommand implements Callable<Integer> {
  /** Nothing wrong. */
  static final int FINE = 0;

  /** A contract is wrong. */
  static final int FINDINGS = 1;

  /** The command was called wrongly. */
  static final int USAGE = 2;

  /** A file cannot be read. */
  static final int UNREADABLE = 3;

  @Spec private @Nullable CommandSpec spec;

  /** For picocli. */
  ContractCommand() {}

  /**
   * Runs the command and ends the process with its exit code.
   *
   * @param args as the shell has split them
   */
  public static void main(String[] args) {
    PrintStream out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
    PrintStream err =
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    int code =
        run(
            new PrintWriter(out, false, StandardCharsets.UTF_8),
            new PrintWriter(err, true, StandardCharsets.UTF_8),
            args);
    out.flush();
    err.flush();
    System.exit(code);
  }

  /**
   * Runs the command.
   *
   * @param out where reports go
   * @param err where complaints go
   * @param args as the shell has split them
   * @return the exit code: 0 nothing wrong, 1 findings, 2 wrong usage, 3 a file cannot be read
   */
  public static int run(PrintWriter out, PrintWriter err, String... args) {
    int code =
        new CommandLine(new ContractCommand())
            .setOut(out)
            .setErr(err)
            .setExecutionExceptionHandler(
                (exception, command, result) -> {
                  if (exception instanceof MessagingException e) {
                    err.println("contract: " + e.getMessage());
                    return e.code().equals("SP-CONTRACT-001") ? UNREADABLE : USAGE;
                  }
                  throw exception;
                })
            .execute(args);
    out.flush();
    err.flush();
    return code;
  }

  @Override
  public Integer call() {
    throw new ParameterException(requireNonNull(spec).commandLine(), "Name a command.");
  }

  /** What commands take that find something in documents. */
  static final class Common extends Judging {
    @Option(
        names = "--format",
        paramLabel = "FORMAT",
        description = "text (default), json, sarif, junit or github",
        converter = FormatName.class)
    Report.Format format = Report.Format.TEXT;

    @Parameters(paramLabel = "FILE", arity = "1..*", description = "AsyncAPI documents")
    List<String> files = new ArrayList<>();

    /** For picocli. */
    Common() {}

    interface Check {
      List<Finding> of(Checked checked);
    }

    int run(Check check) {
      Contracts contracts = contracts();
      List<Finding> findings = new ArrayList<>();
      List<String> read = new ArrayList<>();
      for (String file : files) {
        if (attempt(file, path -> findings.addAll(check.of(contracts.check(path))))) {
          read.add(file);
        }
      }
      return told(read, findings);
    }

    /** Prints the report; the exit code. */
    int told(List<String> read, List<Finding> findings) {
      List<Finding> sorted = findings.stream().distinct().sorted().toList();
      out().print(Report.of(format, read, sorted));
      return code(sorted);
    }
  }

  /** By its name, in any case. */
  static final class FormatName extends EnumName<Report.Format> {
    /** For picocli. */
    FormatName() {
      super(Report.Format.class);
    }
  }

  /** By its name, in any case. */
  static final class SeverityName extends EnumName<Severity> {
    /** For picocli. */
    SeverityName() {
      super(Severity.class);
    }
  }

  @Command(
      name = "validate",
      mixinStandardHelpOptions = true,
      description = "Checks documents against the specification: structure, references, examples.")
  static final class Validate implements Callable<Integer> {
    @Mixin private Common common = new Common();

    /** For picocli. */
    Validate() {}

    @Override
    public Integer call() {
      return common.run(Checked::findings);
    }
  }

  @Command(
      name = "lint",
      mixinStandardHelpOptions = true,
      description = "Checks documents against the specification and the governance rules.")
  static final class Lint implements Callable<Integer> {
    @Mixin private Common common = new Common();

    @Option(
        names = "--config",
        paramLabel = "FILE",
        description =
            "severities of the rules, as YAML: rules: {lint-owner: warning, lint-slo: off}")
    private @Nullable Path config;

    @Option(
        names = "--today",
        paramLabel = "DATE",
        description = "the day against which sunsets and waivers are held; default: today (UTC)")
    private LocalDate today = LocalDate.now(ZoneOffset.UTC);

    /** For picocli. */
    Lint() {}

    @Override
    public Integer call() {
      Linter linter = Linter.standard().on(today);
      Linter configured = config == null ? linter : linter.configured(config);
      return common.run(configured::lint);
    }
  }
}
