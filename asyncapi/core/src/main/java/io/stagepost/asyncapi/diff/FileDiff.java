package io.stagepost.asyncapi.diff;

import io.stagepost.asyncapi.Checked;
import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Contracts;
import io.stagepost.asyncapi.Finding;
import io.stagepost.asyncapi.Severity;
import io.stagepost.asyncapi.Waivers;
import io.stagepost.asyncapi.diff.DiffReport.Compared;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Compares files of contracts: with another file, with the one of the same name in another folder,
 * or with what a file was in git. Immutable and thread-safe.
 */
public final class FileDiff {
  private static final String GIT = "git:";

  private final Contracts contracts;
  private final DiffPolicy policy;

  private FileDiff(Contracts contracts, DiffPolicy policy) {
    this.contracts = contracts;
    this.policy = policy;
  }

  /**
   * Compares by a policy.
   *
   * @param contracts reads both versions
   * @param policy how they are compared
   * @return what compares
   */
  public static FileDiff by(Contracts contracts, DiffPolicy policy) {
    return new FileDiff(contracts, policy);
  }

  /**
   * Whether a text names versions to compare with: {@code git:REF}, or a folder that is there.
   *
   * @param against the text
   * @return whether it does
   */
  public static boolean isVersions(String against) {
    return against.startsWith(GIT)
        ? against.length() > GIT.length()
        : Files.isDirectory(Path.of(against));
  }

  /**
   * Compares two files.
   *
   * @param older the older version
   * @param newer the newer one
   * @return what changed, or why they could not be compared
   * @throws io.stagepost.asyncapi.ContractException {@code SP-CONTRACT-001} if one cannot be read
   */
  public Compared files(Path older, Path newer) {
    return compare(older.toString(), older, newer, name -> name);
  }

  /**
   * Compares a file with what it was.
   *
   * @param against {@code git:REF}, a commit, branch or tag, of which nothing is checked out; or a
   *     folder, which has a file of the same name
   * @param newer the newer version
   * @return what changed; the finding {@code diff-no-old} if there was no such file
   * @throws IOException if git is not there, the file is in no repository, there is no such commit,
   *     or the file system refuses
   * @throws io.stagepost.asyncapi.ContractException {@code SP-CONTRACT-001} if a file cannot be
   *     read
   */
  public Compared since(String against, Path newer) throws IOException {
    return older(
        against,
        newer,
        (older, name, names) ->
            older == null
                ? new Compared(
                    name,
                    newer.toString(),
                    "",
                    "",
                    null,
                    List.of(
                        finding(
                            newer,
                            DiffRule.NO_OLD,
                            Severity.WARNING,
                            "there is no such file at "
                                + against
                                + ": it was compared with nothing",
                            "Nothing to do if the contract is new; compare by name if it was"
                                + " moved.")))
                : compare(name, older, newer, names));
  }

  /**
   * Looks for contracts that were in a folder and are no longer: whoever relies on one is alone.
   *
   * @param against as for {@link #since}
   * @param folder where contracts are now
   * @param isContract which files of a folder are contracts, by their names
   * @param accepted the names of those that are gone on purpose
   * @return each with the finding {@code diff-contract-removed}: an error, unless it was accepted,
   *     or all its channels are drafts or past their sunset
   * @throws IOException as for {@link #since}
   */
  public List<Compared> removed(
      String against, Path folder, Predicate<String> isContract, Collection<String> accepted)
      throws IOException {
    List<Compared> removed = new ArrayList<>();
    for (String name :
        against.startsWith(GIT)
            ? GitFiles.list(against.substring(GIT.length()), folder)
            : names(Path.of(against))) {
      Path gone = folder.resolve(name);
      if (isContract.test(name) && !Files.exists(gone)) {
        removed.add(
            older(
                against,
                gone,
                (older, known, names) -> removed(older, known, gone, accepted.contains(name))));
      }
    }
    return removed;
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private Compared removed(@Nullable Path older, String name, Path gone, boolean isAccepted) {
    Contract contract = older == null ? null : contracts.check(older).contract().orElse(null);
    boolean isOver =
        contract != null
            && contract.channels().values().stream()
                .allMatch(
                    channel ->
                        Contents.isDraft(channel.extensions().get("x-stability"))
                            || Contents.isDraft(contract.extensions().get("x-stability"))
                            || Lifecycle.isOver(channel.extensions(), policy.today()));
    return new Compared(
        name,
        gone.toString(),
        contract == null ? "" : contract.title(),
        "",
        null,
        List.of(
            finding(
                gone,
                DiffRule.CONTRACT_REMOVED,
                isAccepted || isOver ? Severity.INFO : Severity.ERROR,
                "the contract is gone"
                    + (isAccepted
                        ? ", which was accepted"
                        : isOver ? ", as was announced" : ", and was not announced"),
                "Keep it, with x-deprecation in its channels, until their sunset; or accept that it"
                    + " is gone.")));
  }

  private interface Use {
    Compared of(@Nullable Path older, String name, UnaryOperator<String> names) throws IOException;
  }

  /** What a file was, as long as it is used; null if it was not there. */
  private static Compared older(String against, Path newer, Use use) throws IOException {
    if (!against.startsWith(GIT)) {
      Path older = Path.of(against).resolve(newer.getFileName());
      return use.of(Files.exists(older) ? older : null, older.toString(), text -> text);
    }
    Path folder = Files.createTempDirectory("contract");
    try {
      GitFiles.Found found = GitFiles.copy(against.substring(GIT.length()), newer, folder);
      String prefix = folder + folder.getFileSystem().getSeparator();
      return use.of(
          found.exists() ? found.file() : null,
          against + ":" + folder.relativize(found.file()),
          text -> text.replace(prefix, against + ":"));
    } finally {
      delete(folder);
    }
  }

  private Compared compare(String name, Path older, Path newer, UnaryOperator<String> names) {
    Checked old = contracts.check(older);
    Checked now = contracts.check(newer);
    List<Finding> errors =
        now.findings().stream().filter(f -> f.severity() == Severity.ERROR).toList();
    Contract before = old.contract().orElse(null);
    Contract after = now.contract().orElse(null);
    if (!errors.isEmpty() || after == null) {
      return new Compared(name, newer.toString(), "", "", null, errors);
    }
    List<Finding> findings = invalid(old, newer, after, names);
    if (before == null) {
      return new Compared(name, newer.toString(), after.title(), "", null, findings);
    }
    ContractDiff diff = ContractDiff.between(before, after, policy);
    return Compared.of(name, before, after, diff.naming(names), findings);
  }

  /** What is wrong with the older contract, told in the newer one, where it can be waived. */
  private List<Finding> invalid(
      Checked old, Path newer, Contract after, UnaryOperator<String> names) {
    List<Finding> findings = new ArrayList<>();
    boolean waived =
        Waivers.of(after)
            .granted(DiffRule.OLD_INVALID.id(), after.node())
            .filter(granted -> !granted.expires().isBefore(policy.today()))
            .isPresent();
    for (Finding wrong : old.findings()) {
      if (wrong.severity() == Severity.ERROR) {
        // An example that does not match hides no change.
        boolean harmless = wrong.ruleId().startsWith("example-");
        findings.add(
            finding(
                newer,
                DiffRule.OLD_INVALID,
                waived ? Severity.INFO : harmless ? Severity.WARNING : Severity.ERROR,
                "the older contract is not valid, so that changes may be hidden: "
                    + names.apply(wrong.file())
                    + ":"
                    + wrong.line()
                    + ":"
                    + wrong.column()
                    + " "
                    + wrong.ruleId()
                    + ": "
                    + names.apply(wrong.message()),
                "Compare with a version that is valid, or waive diff-old-invalid once."));
      }
    }
    return findings;
  }

  private static Finding finding(
      Path file, DiffRule rule, Severity severity, String message, String remedy) {
    return new Finding(rule.id(), severity, file.toString(), 1, 1, "", message, remedy);
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the copy in " + folder + " cannot be deleted", e);
    }
  }
}
