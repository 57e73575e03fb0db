package io.stagepost.asyncapi.expectation;

import static java.util.Objects.requireNonNull;

import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Finding;
import io.stagepost.asyncapi.Payload;
import io.stagepost.asyncapi.Severity;
import io.stagepost.asyncapi.tree.MalformedException;
import io.stagepost.asyncapi.tree.Node;
import io.stagepost.asyncapi.tree.Problem;
import io.stagepost.asyncapi.tree.TreeReader;
import io.stagepost.asyncapi.tree.TreeReader.Language;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What one consumer needs of a contract, as a file of its own says it: the messages that it reads,
 * their fields, and examples. Immutable and thread-safe.
 *
 * <pre>{@code
 * Expectations billing = Expectations.read(Path.of("billing.expectation.yaml"));
 * List<Finding> broken = billing.verify(contract);
 * }</pre>
 */
public final class Expectations {
  private static final String DRAFT_07 = "application/schema+json;version=draft-07";
  private static final Payload FORM = form();

  private final @Nullable Node root;
  private final List<Finding> findings;

  private Expectations(@Nullable Node root, List<Finding> findings) {
    this.root = root;
    this.findings = List.copyOf(findings);
  }

  private static Payload form() {
    String name = "expectation.schema.json";
    try (InputStream in = Contract.class.getResourceAsStream(name)) {
      return Payload.of(
          DRAFT_07, TreeReader.read(name, requireNonNull(in).readAllBytes(), Language.JSON).root());
    } catch (IOException | MalformedException e) {
      throw new IllegalStateException("the schema of expectations is not in the jar", e);
    }
  }

  /**
   * Reads a file.
   *
   * @param file YAML, or JSON if its name ends in {@code .json}; at most 16 MiB
   * @return what it says; if it has not its form, {@link #verify} tells nothing but that
   * @throws IOException if it cannot be read
   */
  public static Expectations read(Path file) throws IOException {
    String name = file.toString();
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(TreeReader.BYTES + 1);
    }
    List<Finding> findings = new ArrayList<>();
    try {
      TreeReader.Tree tree = TreeReader.read(name, bytes, Language.of(name));
      tree.problems().forEach(problem -> findings.add(finding(problem)));
      findings.addAll(FORM.check(tree.root(), "expect-form"));
      return new Expectations(tree.root(), findings);
    } catch (MalformedException e) {
      return new Expectations(null, List.of(finding(e.problem())));
    }
  }

  private static Finding finding(Problem problem) {
    return new Finding(
        problem.rule(),
        Severity.ERROR,
        problem.place().file(),
        problem.place().line(),
        problem.place().column(),
        problem.pointer().toString(),
        problem.message(),
        problem.remedy());
  }

  /**
   * Who reads.
   *
   * @return the name; empty if the file does not say
   */
  public Optional<String> consumer() {
    return Optional.ofNullable(root == null ? null : root.text("consumer"));
  }

  /**
   * Who is to be asked.
   *
   * @return the team, with its contact; empty if the file does not say
   */
  public Optional<String> owner() {
    Node owner = root == null ? null : root.get("owner");
    if (owner == null) {
      return Optional.empty();
    }
    String contact = owner.text("contact");
    String team = owner.isObject() ? owner.text("team") : owner.text();
    return Optional.ofNullable(team == null || contact == null ? team : team + ", " + contact);
  }

  /**
   * Whether it is about a contract: whether it names its title, or none.
   *
   * @param contract the contract
   * @return true if it is
   */
  public boolean isAbout(Contract contract) {
    String title = root == null ? null : root.text("contract");
    return title == null || title.equals(contract.title());
  }

  /**
   * What the consumer needs, and the contract does not give.
   *
   * @param contract the contract
   * @return at the places in the consumer's file; if that has not its form, only what is wrong with
   *     it
   */
  public List<Finding> verify(Contract contract) {
    if (root == null || findings.stream().anyMatch(f -> f.severity() == Severity.ERROR)) {
      return findings;
    }
    List<Finding> all = new ArrayList<>(findings);
    String who = consumer().orElse("") + " (" + owner().orElse("") + ")";
    Node reads = root.get("reads");
    if (reads != null) {
      reads.items().forEach(read -> all.addAll(new Reading(contract, who, read).verify()));
    }
    return all.stream().distinct().sorted().toList();
  }
}
