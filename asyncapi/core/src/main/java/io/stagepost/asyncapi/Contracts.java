package io.stagepost.asyncapi;

import io.stagepost.asyncapi.tree.Node;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads AsyncAPI 3.0 and 3.1 documents, in YAML or JSON. Immutable and thread-safe.
 *
 * <pre>{@code
 * Contract contract = Contracts.offline().read(Path.of("shop.asyncapi.yaml"));
 * }</pre>
 *
 * <p>References may lead to other files and to URLs that are bundled; the network is not used
 * unless {@link #online()} allows it. A document has at most 16 MiB a file, 200 files, 500,000
 * values a file and 128 levels.
 */
public final class Contracts {
  private static final Contracts OFFLINE = new Contracts(new Sources(Map.of(), false));
  private static final Pattern VERSION =
      Pattern.compile("([0-9]+)\\.([0-9]+)\\.([0-9]+)(-[0-9A-Za-z.-]+)?");

  private final Sources sources;

  private Contracts(Sources sources) {
    this.sources = sources;
  }

  /**
   * Reads files, and never the network.
   *
   * @return the reader
   */
  public static Contracts offline() {
    return OFFLINE;
  }

  /**
   * A copy that fetches references to {@code http} and {@code https} URLs which are not bundled,
   * each with a limit of 10 s and 16 MiB.
   *
   * @return the copy
   */
  public Contracts online() {
    return new Contracts(new Sources(sources.bundled(), true));
  }

  /**
   * A copy that reads a file instead of a URL. JSON Schema's draft-07 and 2020-12 are bundled
   * without being told.
   *
   * @param url what documents refer to, without a fragment
   * @param file what is read instead
   * @return the copy
   */
  public Contracts bundling(URI url, Path file) {
    Map<URI, Path> bundled = new HashMap<>(sources.bundled());
    bundled.put(url, file);
    return new Contracts(new Sources(Map.copyOf(bundled), sources.network()));
  }

  /**
   * A valid contract.
   *
   * @param file YAML, or JSON if its name ends in {@code .json}
   * @return the contract
   * @throws ContractException {@code SP-CONTRACT-001} if the file cannot be read; {@code
   *     SP-CONTRACT-002} if the contract is wrong, with all findings
   */
  public Contract read(Path file) {
    Checked checked = check(file);
    List<Finding> errors =
        checked.findings().stream().filter(f -> f.severity() == Severity.ERROR).toList();
    if (!errors.isEmpty()) {
      Finding first = errors.get(0);
      throw new ContractException(
          "SP-CONTRACT-002",
          file
              + " is no valid contract: "
              + errors.size()
              + (errors.size() == 1 ? " error. " : " errors, the first: ")
              + Report.line(first),
          checked.findings(),
          null);
    }
    return checked.contract().orElseThrow();
  }

  /**
   * All that is wrong with a document, at once.
   *
   * @param file YAML, or JSON if its name ends in {@code .json}
   * @return what was understood, and what was found
   * @throws ContractException {@code SP-CONTRACT-001} if the file cannot be read
   */
  public Checked check(Path file) {
    Documents documents = new Documents(sources);
    Node root;
    try {
      root = documents.open(file);
    } catch (IOException e) {
      throw new ContractException(
          "SP-CONTRACT-001", file + " cannot be read: " + Sources.reason(e), List.of(), e);
    }
    if (root == null) {
      return new Checked(Optional.empty(), Finding.sorted(documents.findings()));
    }
    List<Finding> findings = new ArrayList<>();
    String version = version(root, findings);
    Contract contract = null;
    if (version != null) {
      String schema = version.startsWith("3.0.") ? "3.0.0" : "3.1.0";
      Structure structure = Structure.of(schema);
      List<Finding> structural = new ArrayList<>(structure.check(root));
      findings.addAll(new References(documents).check(root));
      ModelBuilder builder = new ModelBuilder(documents, root, schema);
      contract = builder.contract();
      builder.elsewhere().forEach(used -> structural.addAll(structure.check(used)));
      findings.addAll(structural);
      findings.addAll(builder.wrong());
      findings.addAll(new Semantics(documents, contract).check());
      findings.addAll(new Examples(documents, contract, structural).check());
    }
    findings.addAll(documents.findings());
    return new Checked(Optional.ofNullable(contract), Finding.sorted(findings));
  }

  /** The version, if it is one that we know; else a finding. */
  private static @Nullable String version(Node root, List<Finding> findings) {
    Node written = root.get("asyncapi");
    if (written == null) {
      boolean openApi = root.get("openapi") != null || root.get("swagger") != null;
      findings.add(
          Finding.at(
              root,
              "asyncapi-version",
              Severity.ERROR,
              openApi
                  ? "this is an OpenAPI document, not an AsyncAPI one"
                  : "the document does not say 'asyncapi: 3.1.0': it is no AsyncAPI document",
              openApi
                  ? "Describe messages in an AsyncAPI document of their own."
                  : "Add it if it is one."));
      return null;
    }
    String version = written.text();
    var parts = VERSION.matcher(version == null ? "" : version);
    String supported = "3.0.0 and 3.1.0 are read";
    if (!parts.matches()) {
      findings.add(
          Finding.at(
              written,
              "asyncapi-version",
              Severity.ERROR,
              "the version is not of the form 3.1.0; " + supported,
              "Write it as a string of three numbers."));
      return null;
    }
    if (parts.group(1).equals("3") && parts.group(2).matches("[01]")) {
      return version;
    }
    boolean old = parts.group(1).matches("[012]");
    findings.add(
        Finding.at(
            written,
            "asyncapi-version",
            Severity.ERROR,
            "AsyncAPI " + version + " is not supported; " + supported,
            old
                ? "Convert it: npx @asyncapi/cli convert FILE --target-version 3.0.0"
                    + " (https://github.com/asyncapi/converter-js)."
                : "Write it for 3.1.0."));
    return null;
  }
}
