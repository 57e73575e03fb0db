package io.stagepost.asyncapi.cli;

import io.stagepost.asyncapi.Checked;
import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.ContractException;
import io.stagepost.asyncapi.Contracts;
import io.stagepost.asyncapi.Report;
import java.io.PrintWriter;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Contracts that a command computes something of; wrong ones are told of and left out. */
final class ContractFiles {
  private final Map<String, Contract> valid = new LinkedHashMap<>();
  private int code = ContractCommand.FINE;

  ContractFiles(List<String> files, PrintWriter err) {
    for (String file : files) {
      try {
        Checked checked = Contracts.offline().check(Path.of(file));
        if (checked.isValid()) {
          checked.contract().ifPresent(contract -> valid.put(file, contract));
        } else {
          err.print(Report.of(Report.Format.TEXT, List.of(file), checked.findings()));
          code = Math.max(code, ContractCommand.FINDINGS);
        }
      } catch (ContractException e) {
        err.println("contract: " + e.getMessage());
        code = ContractCommand.UNREADABLE;
      } catch (InvalidPathException e) {
        err.println("contract: " + file + " is no path: " + e.getReason());
        code = ContractCommand.UNREADABLE;
      }
    }
  }

  /** By the file, as it was named. */
  Map<String, Contract> valid() {
    return valid;
  }

  /** The exit code, if nothing else is found. */
  int code() {
    return code;
  }
}
