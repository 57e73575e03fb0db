package io.stagepost.asyncapi.diff;

import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Severity;
import io.stagepost.asyncapi.tree.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What changed between two versions of a contract. Immutable.
 *
 * <pre>{@code
 * ContractDiff diff = ContractDiff.between(older, newer);
 * diff.changes().forEach(System.out::println);
 * }</pre>
 *
 * <p>Payloads in Avro and Protobuf need the libraries of their format on the class path; without
 * them what changed in them is unknown. Comparing takes time in proportion to the contracts,
 * bounded for hostile ones; what is beyond a bound is told, and unknown.
 *
 * @param changes the worst first
 * @param required how much the version must rise for them
 * @param made how much it rose; null if that cannot be told
 */
public record ContractDiff(List<Change> changes, Bump required, @Nullable Bump made) {
  /**
   * What changed; it keeps a copy of the changes.
   *
   * @param changes the worst first
   * @param required how much the version must rise for them
   * @param made how much it rose; null if that cannot be told
   */
  public ContractDiff {
    changes = List.copyOf(changes);
  }

  /**
   * Compares by the {@linkplain DiffPolicy#standard standard policy}.
   *
   * @param older the older version
   * @param newer the newer version
   * @return what changed
   */
  public static ContractDiff between(Contract older, Contract newer) {
    return between(older, newer, DiffPolicy.standard());
  }

  /**
   * Compares.
   *
   * @param older the older version
   * @param newer the newer version
   * @param policy how
   * @return what changed
   */
  public static ContractDiff between(Contract older, Contract newer, DiffPolicy policy) {
    Changes changes = new Changes(policy, newer);
    Scope document = new Scope("", Roles.BOTH, isDraft(older), above(newer));
    new DocumentDiff(changes, document, older, newer).run();
    Bump required = changes.sorted().stream().map(Change::bump).reduce(Bump.NONE, Bump::or);
    Bump.Numbers before = Bump.numbers(older.version());
    Bump.Numbers after = Bump.numbers(newer.version());
    Bump made = before == null || after == null ? null : before.to(after);
    if (before != null && before.isInitial() && required == Bump.MAJOR) {
      required = Bump.MINOR;
    } else if (before != null && before.isInitial() && required == Bump.MINOR) {
      required = Bump.PATCH;
    }
    version(changes, older, newer, required, made, before != null && after != null);
    return new ContractDiff(changes.sorted(), required, made);
  }

  /**
   * Whether nothing is as bad as an error.
   *
   * @return true if nobody breaks
   */
  public boolean isCompatible() {
    return changes.stream().noneMatch(change -> change.severity() == Severity.ERROR);
  }

  /**
   * A copy in which the files of the older contract have other names, such as those that they have
   * in a repository.
   *
   * @param names the new name of a file
   * @return the copy
   */
  public ContractDiff naming(UnaryOperator<String> names) {
    return new ContractDiff(
        changes.stream().map(change -> change.naming(names)).toList(), required, made);
  }

  private static boolean isDraft(Contract contract) {
    Node stability = contract.extensions().get("x-stability");
    return Contents.isDraft(stability);
  }

  private static List<Node> above(Contract contract) {
    List<Node> nodes = new ArrayList<>();
    Node info = contract.node().get("info");
    if (info != null) {
      nodes.add(info);
    }
    nodes.add(contract.node());
    return nodes;
  }

  private static void version(
      Changes changes,
      Contract older,
      Contract newer,
      Bump required,
      @Nullable Bump made,
      boolean readable) {
    Node before = Contents.version(older);
    Node after = Contents.version(newer);
    Scope scope = new Scope("the contract", Roles.BOTH, false, above(newer));
    String versions = "the version goes from " + older.version() + " to " + newer.version();
    if (!readable) {
      if (required != Bump.NONE) {
        changes.version(
            scope,
            Severity.WARNING,
            before,
            after,
            versions + ", and one of them is not of the form 1.2.3; " + required + " is needed",
            "Use Semantic Versioning.");
      }
      return;
    }
    if (made == null) {
      changes.version(
          scope,
          Severity.ERROR,
          before,
          after,
          versions + ", which is lower",
          "Raise it" + (required == Bump.NONE ? "." : ": " + required + "."));
    } else if (made.compareTo(required) < 0) {
      changes.version(
          scope,
          required == Bump.PATCH ? Severity.WARNING : Severity.ERROR,
          before,
          after,
          versions + ", and what changed needs more: " + required,
          "Raise the " + required + " number of info.version.");
    }
  }
}
