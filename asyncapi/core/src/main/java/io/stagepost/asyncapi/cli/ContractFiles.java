package io.stagepost.asyncapi.cli;

import io.stagepost.asyncapi.Checked;
import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Contracts;
import io.stagepost.asyncapi.Report;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Contracts that a command computes something of; wrong ones are told of and left out. */
final class ContractFiles {
  private final Map<String, Contract> valid = new LinkedHashMap<>();
  private int code = ContractCommand.FINE;

  ContractFiles(List<String> files, PrintWriter err) {
    for (String file : files) {
      if (!Judging.attempt(err, file, path -> add(file, Contracts.offline().check(path), err))) {
        code = ContractCommand.UNREADABLE;
      }
    }
  }

  private void add(String file, Checked checked, PrintWriter err) {
    if (checked.isValid()) {
      checked.contract().ifPresent(contract -> valid.put(file, contract));
    } else {
      err.print(Report.of(Report.Format.TEXT, List.of(file), checked.findings()));
      code = Math.max(code, ContractCommand.FINDINGS);
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
