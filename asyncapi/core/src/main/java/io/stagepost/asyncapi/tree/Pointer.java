package io.stagepost.asyncapi.tree;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The path to a node of a document, written as a JSON pointer (RFC 6901). Immutable; shares its
 * beginning with its siblings.
 */
public final class Pointer {
  /** The whole document. */
  public static final Pointer ROOT = new Pointer(null, "", 0);

  private final @Nullable Pointer parent;
  private final String token;
  private final int depth;

  private Pointer(@Nullable Pointer parent, String token, int depth) {
    this.parent = parent;
    this.token = token;
    this.depth = depth;
  }

  /**
   * The pointer to a member or item.
   *
   * @param token a key, or an index in decimal
   * @return the pointer
   */
  public Pointer child(String token) {
    return new Pointer(this, token, depth + 1);
  }

  /**
   * The pointer to what holds this.
   *
   * @return null for the root
   */
  public @Nullable Pointer parent() {
    return parent;
  }

  /**
   * The last key or index, not escaped.
   *
   * @return empty for the root
   */
  public String token() {
    return token;
  }

  /**
   * How many keys and indices lead here.
   *
   * @return 0 for the root
   */
  public int depth() {
    return depth;
  }

  /**
   * The keys and indices that lead here, not escaped.
   *
   * @return from the root on
   */
  public List<String> tokens() {
    Deque<String> tokens = new ArrayDeque<>();
    for (Pointer at = this; at.parent != null; at = at.parent) {
      tokens.addFirst(at.token);
    }
    return List.copyOf(tokens);
  }

  /**
   * The tokens of a written pointer.
   *
   * @param pointer such as {@code /channels/a~1b}
   * @return the tokens, not escaped
   * @throws IllegalArgumentException if it neither is empty nor begins with a slash
   */
  public static List<String> parse(String pointer) {
    if (pointer.isEmpty()) {
      return List.of();
    }
    if (pointer.charAt(0) != '/') {
      throw new IllegalArgumentException("no JSON pointer: " + pointer);
    }
    List<String> tokens = new ArrayList<>();
    for (String token : pointer.substring(1).split("/", -1)) {
      tokens.add(token.replace("~1", "/").replace("~0", "~"));
    }
    return tokens;
  }

  /**
   * What the percent escapes of a URI's part stand for. A percent sign that begins none is itself.
   *
   * @param fragment a fragment or path, escaped
   * @return not escaped
   */
  public static String decode(String fragment) {
    if (fragment.indexOf('%') < 0) {
      return fragment;
    }
    byte[] in = fragment.getBytes(StandardCharsets.UTF_8);
    byte[] out = new byte[in.length];
    int length = 0;
    for (int i = 0; i < in.length; i++) {
      int high = in[i] == '%' && i + 2 < in.length ? Character.digit(in[i + 1], 16) : -1;
      int low = high >= 0 ? Character.digit(in[i + 2], 16) : -1;
      if (low >= 0) {
        out[length++] = (byte) (high * 16 + low);
        i += 2;
      } else {
        out[length++] = in[i];
      }
    }
    return new String(out, 0, length, StandardCharsets.UTF_8);
  }

  /**
   * The tokens of a URI's fragment that is a pointer.
   *
   * @param fragment as {@link URI#getRawFragment()} has it: percent escapes are resolved
   * @return the tokens, not escaped
   * @throws IllegalArgumentException if it is no pointer
   */
  public static List<String> parseFragment(String fragment) {
    return parse(decode(fragment));
  }

  /**
   * As RFC 6901 writes it.
   *
   * @return such as {@code /channels/a~1b}; empty for the root
   */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (String each : tokens()) {
      text.append('/').append(each.replace("~", "~0").replace("/", "~1"));
    }
    return text.toString();
  }
}
