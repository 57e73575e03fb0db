package io.stagepost.asyncapi;

import io.stagepost.asyncapi.tree.MalformedException;
import io.stagepost.asyncapi.tree.Node;
import io.stagepost.asyncapi.tree.Pointer;
import io.stagepost.asyncapi.tree.Problem;
import io.stagepost.asyncapi.tree.TreeReader;
import io.stagepost.asyncapi.tree.TreeReader.Language;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The files of one contract: read once each, when a reference first needs them. Follows references
 * ({@code $ref}, JSON Reference draft 03) within and between them. Thread-safe, since a contract's
 * schemas are followed when somebody asks for them.
 */
final class Documents {
  /** The most files that one contract may consist of. */
  static final int FILES = 200;

  /** The most references that may have to be followed to reach one node. */
  private static final int HOPS = 100;

  private static final Pattern URL = Pattern.compile("[a-zA-Z][a-zA-Z0-9+.-]+:.*", Pattern.DOTALL);

  /** Where a reference leads: to a node, or nowhere, for a reason. */
  record Target(@Nullable Node node, String rule, String reason, String remedy) {
    static Target to(Node node) {
      return new Target(node, "", "", "");
    }

    static Target nowhere(String rule, String reason, String remedy) {
      return new Target(null, rule, reason, remedy);
    }
  }

  private record Document(String name, @Nullable Node root, Target failure) {}

  private final Sources sources;
  private final Map<String, Document> byName = new HashMap<>();
  private final List<Finding> findings = new ArrayList<>();
  private final IdentityHashMap<Node, Target> resolved = new IdentityHashMap<>();

  Documents(Sources sources) {
    this.sources = sources;
  }

  /** One document, which refers to nothing but itself and files beside it. */
  static Documents holding(Node root) {
    Documents documents = new Documents(new Sources(Map.of(), false));
    String name = root.place().file();
    documents.byName.put(name, new Document(name, root, Target.to(root)));
    return documents;
  }

  /** What is wrong with the text of the files that were read. */
  List<Finding> findings() {
    return findings;
  }

  /**
   * Reads the document that a contract begins with.
   *
   * @return null if it is malformed; the findings tell
   */
  @Nullable Node open(Path file) throws IOException {
    String name = file.toString();
    byte[] bytes = Sources.read(file);
    return keep(name, bytes).root();
  }

  private Document keep(String name, byte[] bytes) {
    Document document;
    try {
      TreeReader.Tree tree = TreeReader.read(name, bytes, Language.of(name));
      tree.problems().forEach(problem -> findings.add(Finding.of(problem)));
      document = new Document(name, tree.root(), Target.to(tree.root()));
    } catch (MalformedException e) {
      Problem problem = e.problem();
      findings.add(Finding.of(problem));
      document =
          new Document(
              name,
              null,
              Target.nowhere(
                  "ref-unreadable", name + " is malformed", "Mend it: see what is found in it."));
    }
    byName.put(name, document);
    return document;
  }

  /** The node itself, or what it refers to in the end; null if that leads nowhere. */
  @Nullable Node follow(@Nullable Node node) {
    return node == null ? null : target(node).node();
  }

  /**
   * A schema, taken out of multi-format schema objects ({@code {schemaFormat, schema}}).
   *
   * @param node the schema
   * @param holder the innermost of these objects, which says the schema's format; null if there was
   *     none
   */
  record Unwrapped(Node node, @Nullable Node holder) {
    /** Whether these objects lead back to each other, so that there is no schema in them. */
    boolean isCycle() {
      return node.equals(holder);
    }
  }

  /** The schema that a node is, holds or refers to; null if that leads nowhere. */
  @Nullable Unwrapped unwrapped(@Nullable Node node) {
    Node at = follow(node);
    Node holder = null;
    for (int hops = 0; at != null && hops <= HOPS; hops++) {
      Node inner = at.get("schema");
      if (inner == null || at.text("schemaFormat") == null) {
        return new Unwrapped(at, holder);
      }
      holder = at;
      at = follow(inner);
    }
    return at == null || holder == null ? null : new Unwrapped(holder, holder);
  }

  /** The schema that a node is, holds or refers to; null if that leads nowhere. */
  @Nullable Node schema(@Nullable Node node) {
    Unwrapped unwrapped = unwrapped(node);
    return unwrapped == null ? null : unwrapped.node();
  }

  /** Where a node leads: to itself if it is no reference, else where its references end. */
  synchronized Target target(Node node) {
    Target known = resolved.get(node);
    if (known != null) {
      return known;
    }
    Target target = target(node, new HashSet<>());
    resolved.put(node, target);
    return target;
  }

  private Target target(Node node, Set<Node> seen) {
    Node at = node;
    while (at.reference() != null) {
      if (!seen.add(at)) {
        return Target.nowhere(
            "ref-cycle",
            "the reference " + at.reference() + " leads back to itself",
            "Let one of them hold the definition.");
      }
      if (seen.size() > HOPS) {
        return Target.nowhere(
            "ref-cycle",
            "more than " + HOPS + " references lead from one to the next",
            "Refer to the definition itself.");
      }
      Target next = hop(at, seen);
      if (next.node() == null) {
        return next;
      }
      at = next.node();
    }
    return Target.to(at);
  }

  /** Follows one reference, not those that it leads to. */
  synchronized Target hop(Node holder) {
    return hop(holder, new HashSet<>());
  }

  private Target hop(Node holder, Set<Node> seen) {
    String reference = holder.reference();
    if (reference == null) {
      return Target.to(holder);
    }
    int hash = reference.indexOf('#');
    String file = hash < 0 ? reference : reference.substring(0, hash);
    String fragment = hash < 0 ? "" : reference.substring(hash + 1);
    Document document = document(holder.place().file(), file);
    Node root = document.root();
    if (root == null) {
      return document.failure();
    }
    List<String> tokens;
    try {
      tokens = Pointer.parseFragment(fragment);
    } catch (IllegalArgumentException e) {
      return Target.nowhere(
          "ref-dangling",
          "the reference " + reference + " has a fragment that is no JSON pointer",
          "Begin the fragment with #/.");
    }
    Node at = root;
    for (int i = 0; i < tokens.size(); i++) {
      Node next = at.child(tokens.get(i));
      if (next == null && at.reference() != null) {
        // The pointer leads through another reference.
        Target through = target(at, seen);
        if (through.node() == null) {
          return through;
        }
        next = through.node().child(tokens.get(i));
      }
      if (next == null) {
        return Target.nowhere(
            "ref-dangling",
            "the reference "
                + reference
                + " leads nowhere: "
                + (i == 0 ? "the document" : "/" + String.join("/", tokens.subList(0, i)))
                + " has no '"
                + tokens.get(i)
                + "'"
                + Suggestion.among(tokens.get(i), at.members().keySet()),
            "Mend the reference, or add what it refers to.");
      }
      at = next;
    }
    return Target.to(at);
  }

  private Document document(String from, String file) {
    if (file.isEmpty()) {
      Document document = byName.get(from);
      if (document == null) {
        throw new IllegalStateException("no document " + from);
      }
      return document;
    }
    boolean url = URL.matcher(file).matches() || URL.matcher(from).matches();
    String name;
    Path path = null;
    URI uri = null;
    try {
      if (url) {
        uri = URL.matcher(file).matches() ? new URI(file) : new URI(from).resolve(new URI(file));
        name = uri.toString();
      } else {
        path = Path.of(from).resolveSibling(Pointer.decode(file)).normalize();
        name = path.toString();
      }
    } catch (URISyntaxException | InvalidPathException e) {
      return lost(file, "ref-dangling", file + " is neither a file nor a URL", "Mend it.");
    }
    Document known = byName.get(name);
    if (known != null) {
      return known;
    }
    if (byName.size() >= FILES) {
      return lost(
          name, "ref-unreadable", "the contract has more than " + FILES + " files", "Split it.");
    }
    try {
      byte[] bytes;
      if (path != null) {
        bytes = Sources.referred(path);
      } else if (uri != null && sources.knows(uri)) {
        bytes = sources.read(uri);
      } else {
        return lost(
            name,
            "ref-remote",
            name + " would have to be fetched from the network",
            "Keep a copy beside the contract and refer to that, bundle it, or allow the network.");
      }
      return keep(name, bytes);
    } catch (IOException e) {
      return lost(
          name,
          "ref-unreadable",
          name + " cannot be read: " + Sources.reason(e),
          "Mend the reference, or put the file there.");
    }
  }

  private Document lost(String name, String rule, String reason, String remedy) {
    Document document = new Document(name, null, Target.nowhere(rule, reason, remedy));
    byName.put(name, document);
    return document;
  }
}
