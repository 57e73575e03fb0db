package io.stagepost.asyncapi.tree;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** Reads YAML, JSON and plain text into trees. */
public final class TreeReader {
  /** The largest file that is read, in bytes: 16 MiB. */
  public static final int BYTES = 16 * 1024 * 1024;

  /** The deepest that values may be nested. */
  public static final int DEPTH = 128;

  /** The most values in one file; those that an alias repeats count each time. */
  public static final int NODES = 500_000;

  /** The most problems that are told of one file. */
  public static final int PROBLEMS = 1_000;

  private TreeReader() {}

  /** How a text is written. */
  public enum Language {
    /** YAML 1.2, core schema, with merge keys. */
    YAML,
    /** JSON (RFC 8259). */
    JSON,
    /** Anything else: the tree is one string. */
    TEXT;

    /**
     * The language of a file, by the ending of its name.
     *
     * @param name a path or URL
     * @return JSON for {@code .json} and {@code .avsc}; text for {@code .proto}, {@code .xsd} and
     *     others that are neither JSON nor YAML; YAML for all else
     */
    public static Language of(String name) {
      String lower = name.toLowerCase(Locale.ROOT);
      if (lower.endsWith(".json") || lower.endsWith(".avsc")) {
        return JSON;
      }
      for (String ending :
          List.of(".proto", ".xsd", ".xml", ".graphql", ".thrift", ".txt", ".md")) {
        if (lower.endsWith(ending)) {
          return TEXT;
        }
      }
      return YAML;
    }
  }

  /**
   * A tree, and what is wrong with its text although it could be read.
   *
   * @param root the whole document
   * @param problems such as duplicate keys; in the order of the text
   */
  public record Tree(Node root, List<Problem> problems) {}

  /**
   * Reads a text.
   *
   * @param file the name of the file, for places
   * @param bytes UTF-8, with or without a byte order mark; at most {@link #BYTES}
   * @param language how it is written
   * @return the tree
   * @throws MalformedException if there is no tree in it
   */
  public static Tree read(String file, byte[] bytes, Language language) throws MalformedException {
    if (bytes.length > BYTES) {
      throw Growth.malformed(
          "limit",
          new Place(file, 1, 1),
          Pointer.ROOT,
          bytes.length + " bytes; the limit is " + BYTES,
          "Split the document.");
    }
    String text = decode(file, bytes);
    Growth growth = new Growth(file);
    Node root =
        switch (language) {
          case YAML -> new YamlTree(growth).read(text);
          case JSON -> new JsonTree(growth).read(text);
          case TEXT -> Node.string(growth.place(1, 1), Pointer.ROOT, text);
        };
    return new Tree(root, List.copyOf(growth.problems()));
  }

  private static String decode(String file, byte[] bytes) throws MalformedException {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length + 1);
    CoderResult result = decoder.decode(in, out, true);
    out.flip();
    if (result.isError()) {
      int line = 1;
      int column = 1;
      for (int i = 0; i < out.length(); i++) {
        column = out.charAt(i) == '\n' ? 1 : column + 1;
        line += out.charAt(i) == '\n' ? 1 : 0;
      }
      throw Growth.malformed(
          "encoding",
          new Place(file, line, column),
          Pointer.ROOT,
          "byte " + in.position() + " is not UTF-8",
          "Save the file as UTF-8.");
    }
    String text = out.toString();
    return text.startsWith("\uFEFF") ? text.substring(1) : text;
  }
}
