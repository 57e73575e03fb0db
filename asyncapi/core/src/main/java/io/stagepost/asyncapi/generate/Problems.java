package io.stagepost.asyncapi.generate;

import io.stagepost.asyncapi.Finding;
import io.stagepost.asyncapi.Severity;
import io.stagepost.asyncapi.tree.Node;
import java.util.ArrayList;
import java.util.List;

/** What cannot be generated, or not as well as it might be, and why. */
final class Problems {
  private final List<Finding> findings = new ArrayList<>();

  /** What would be wrong: nothing is generated of its contract. */
  void refuse(Node at, String rule, String message, String remedy) {
    tell(at, rule, Severity.ERROR, message, remedy);
  }

  /** What is generated less well than it might be. */
  void warn(Node at, String rule, String message, String remedy) {
    tell(at, rule, Severity.WARNING, message, remedy);
  }

  /** What the generated code leaves to others. */
  void note(Node at, String rule, String message, String remedy) {
    tell(at, rule, Severity.INFO, message, remedy);
  }

  private void tell(Node at, String rule, Severity severity, String message, String remedy) {
    findings.add(
        new Finding(
            rule,
            severity,
            at.place().file(),
            at.place().line(),
            at.place().column(),
            at.pointer().toString(),
            message,
            remedy));
  }

  int errors() {
    return (int) findings.stream().filter(f -> f.severity() == Severity.ERROR).count();
  }

  /** Sorted, each once. */
  List<Finding> findings() {
    return findings.stream().distinct().sorted().toList();
  }
}
