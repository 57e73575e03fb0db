package io.stagepost.asyncapi.cli;

import static java.util.Objects.requireNonNull;

import io.stagepost.asyncapi.Checked;
import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Contracts;
import io.stagepost.asyncapi.Report;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What commands take that compute something of contracts; wrong ones are told of and left out. */
final class ContractFiles {
  /** How it is written. */
  enum Format {
    TEXT,
    JSON
  }

  /** By its name, in any case. */
  static final class FormatName extends EnumName<Format> {
    /** For picocli. */
    FormatName() {
      super(Format.class);
    }
  }

  @Parameters(paramLabel = "FILE", arity = "1..*", description = "AsyncAPI documents")
  private List<String> files = new ArrayList<>();

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = "text (default) or json",
      converter = FormatName.class)
  private Format format = Format.TEXT;

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec spec;

  private int code = ContractCommand.FINE;

  /** For picocli. */
  ContractFiles() {}

  /** By the file, as it was named. */
  Map<String, Contract> valid() {
    Map<String, Contract> valid = new LinkedHashMap<>();
    for (String file : files) {
      boolean read =
          Judging.attempt(err(), file, path -> add(file, Contracts.offline().check(path), valid));
      if (!read) {
        code = ContractCommand.UNREADABLE;
      }
    }
    return valid;
  }

  private void add(String file, Checked checked, Map<String, Contract> valid) {
    if (checked.isValid()) {
      checked.contract().ifPresent(contract -> valid.put(file, contract));
    } else {
      err().print(Report.of(Report.Format.TEXT, List.of(file), checked.findings()));
      code = Math.max(code, ContractCommand.FINDINGS);
    }
  }

  boolean isText() {
    return format == Format.TEXT;
  }

  PrintWriter out() {
    return requireNonNull(spec).commandLine().getOut();
  }

  PrintWriter err() {
    return requireNonNull(spec).commandLine().getErr();
  }

  /** The exit code, if nothing else is found. */
  int code() {
    return code;
  }
}
