package io.stagepost.asyncapi.catalogue;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.commonmark.Extension;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Heading;
import org.commonmark.node.Image;
import org.commonmark.node.Link;
import org.commonmark.node.Node;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;
import org.commonmark.renderer.text.TextContentRenderer;
import org.jspecify.annotations.Nullable;

/**
 * Descriptions. HTML in them is shown as text, links lead to web and mail only, and images become
 * links, since a page loads nothing.
 */
final class Markdown {
  /** Longer descriptions are cut. */
  private static final int LONGEST = 100_000;

  /** Where links may lead; others are text: a page of the site knows no files beside it. */
  private static final Pattern SAFE =
      Pattern.compile("(https?://|mailto:)", Pattern.CASE_INSENSITIVE);

  private static final List<Extension> TABLES = List.of(TablesExtension.create());
  private static final Parser PARSER = Parser.builder().extensions(TABLES).build();
  private static final HtmlRenderer RENDERER =
      HtmlRenderer.builder()
          .extensions(TABLES)
          .escapeHtml(true)
          .attributeProviderFactory(
              context ->
                  (node, tag, attributes) -> {
                    if (node instanceof Link) {
                      attributes.putAll(Map.of("rel", "nofollow noopener noreferrer"));
                    }
                  })
          .build();
  private static final TextContentRenderer TEXT = TextContentRenderer.builder().build();

  private Markdown() {}

  /**
   * A description.
   *
   * @param text null for none
   * @param below the level of the heading that it stands under
   */
  static Html of(@Nullable String text, int below) {
    if (text == null || text.isBlank()) {
      return Html.NONE;
    }
    Node document = parsed(text);
    document.accept(new Tamed(below));
    return Html.tag("div.prose", Html.trusted(RENDERER.render(document)));
  }

  /** The words of a description, without markup. */
  static String plain(@Nullable String text) {
    return text == null ? "" : TEXT.render(parsed(text)).replaceAll("\\s+", " ").strip();
  }

  /** The words of its first paragraph. */
  static String opening(@Nullable String text) {
    return text == null ? "" : plain(text.strip().split("\\R\\s*\\R", 2)[0]);
  }

  private static Node parsed(String text) {
    return PARSER.parse(text.length() > LONGEST ? text.substring(0, LONGEST) + " …" : text);
  }

  /** Headings below those of the page, images as links. */
  private static final class Tamed extends AbstractVisitor {
    private final int below;

    Tamed(int below) {
      this.below = below;
    }

    @Override
    public void visit(Heading heading) {
      heading.setLevel(Math.min(6, heading.getLevel() + below));
      visitChildren(heading);
    }

    @Override
    public void visit(Link link) {
      visitChildren(link);
      if (!SAFE.matcher(link.getDestination()).lookingAt()) {
        for (Node child = link.getFirstChild(); child != null; child = link.getFirstChild()) {
          link.insertBefore(child);
        }
        link.unlink();
      }
    }

    @Override
    public void visit(Image image) {
      Link link = new Link(image.getDestination(), image.getTitle());
      boolean isBare = image.getFirstChild() == null;
      if (isBare) {
        link.appendChild(new org.commonmark.node.Text(image.getDestination()));
      }
      for (Node child = image.getFirstChild(); child != null; child = image.getFirstChild()) {
        link.appendChild(child);
      }
      boolean isInLink = false;
      for (Node above = image.getParent(); above != null; above = above.getParent()) {
        isInLink |= above instanceof Link;
      }
      if (isInLink) {
        for (Node child = link.getFirstChild(); child != null; child = link.getFirstChild()) {
          image.insertBefore(child);
        }
      } else {
        image.insertBefore(link);
      }
      image.unlink();
      visit(link);
    }
  }
}
