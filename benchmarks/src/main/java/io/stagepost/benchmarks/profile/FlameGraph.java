package io.stagepost.benchmarks.profile;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/**
 * A flight recording as a picture (Brendan Gregg, "The Flame Graph", CACM 59(6), 2016): a box for
 * each method, as wide as the share of samples in it, on top of who called it. Colours tell whose
 * code it is; the title of a box, its whole name and share. Only samples of threads that executed
 * Java code are in it, not those that waited or were in the operating system. Boxes too narrow to
 * see are left out. The same recording makes the same bytes.
 */
public final class FlameGraph {
  private static final String SVG = "http://www.w3.org/2000/svg";
  private static final int WIDTH = 1_200;
  private static final int LINE = 16;
  private static final int HEAD = 48;
  private static final int LETTER = 7;

  /** In pixels: what is narrower is left out. */
  private static final int NARROWEST = 3;

  /** Colours by the beginning of a frame's name; the first that fits. */
  private static final Map<String, String> COLORS = new LinkedHashMap<>();

  static {
    COLORS.put("all", "#d0d7de");
    COLORS.put("thread", "#d0d7de");
    COLORS.put("io.stagepost.benchmarks.", "#eac54f");
    COLORS.put("io.stagepost.", "#54aeff");
    COLORS.put("java.", "#c8c1e8");
    COLORS.put("jdk.", "#c8c1e8");
    COLORS.put("sun.", "#c8c1e8");
  }

  private static final String LIBRARIES = "#f5a97f";

  private final Frame all;
  private final double pixel;
  private final double least;
  private final int height;
  private final XMLStreamWriter out;

  private FlameGraph(Frame all, XMLStreamWriter out) {
    this.all = all;
    this.pixel = (double) all.samples() / WIDTH;
    this.least = pixel * NARROWEST;
    this.height = HEAD + LINE * all.depth(least);
    this.out = out;
  }

  /**
   * Draws one.
   *
   * @param recording a flight recording with execution samples, of a JVM that has ended
   * @param title for people
   * @param picture the SVG file
   * @throws IOException if one cannot be read or the other not be written
   */
  public static void draw(Path recording, String title, Path picture) throws IOException {
    draw(Recording.read(recording), title, picture);
  }

  static void draw(Frame all, String title, Path picture) throws IOException {
    try (Writer file = Files.newBufferedWriter(picture, UTF_8)) {
      new FlameGraph(all, XMLOutputFactory.newFactory().createXMLStreamWriter(file)).write(title);
    } catch (XMLStreamException unwritable) {
      throw new IOException(picture + " cannot be written", unwritable);
    }
  }

  private void write(String title) throws XMLStreamException {
    out.writeStartElement("svg");
    out.writeDefaultNamespace(SVG);
    attributes("viewBox", "0 0 " + WIDTH + " " + height, "width", WIDTH, "height", height);
    attributes("role", "img", "font-family", "monospace", "font-size", 11);
    element("title", title);
    out.writeStartElement("rect");
    attributes("width", "100%", "height", "100%", "fill", "#ffffff");
    out.writeEndElement();
    out.writeStartElement("text");
    attributes("x", 8, "y", 18, "font-size", 15);
    out.writeCharacters(String.format(Locale.ROOT, "%s: %,d samples", title, all.samples()));
    out.writeEndElement();
    out.writeStartElement("text");
    attributes("x", 8, "y", 36);
    out.writeCharacters("blue: Stagepost, orange: libraries, violet: JDK, yellow: the benchmark");
    out.writeEndElement();
    if (all.samples() > 0) {
      box(all, 0, 0);
    }
    out.writeEndElement();
    out.writeEndDocument();
    out.close();
  }

  private void box(Frame frame, double left, int level) throws XMLStreamException {
    double width = frame.samples() / pixel;
    int top = height - LINE * (level + 1);
    out.writeStartElement("g");
    element(
        "title",
        String.format(
            Locale.ROOT,
            "%s: %,d samples, %.1f %%",
            frame.name(),
            frame.samples(),
            100.0 * frame.samples() / all.samples()));
    out.writeStartElement("rect");
    attributes("x", number(left), "y", top, "width", number(width), "height", LINE - 1);
    attributes("fill", color(frame.name()), "rx", 1);
    out.writeEndElement();
    int letters = (int) (width - 4) / LETTER;
    String name = shortened(frame.name());
    if (letters >= 4) {
      out.writeStartElement("text");
      attributes("x", number(left + 2), "y", top + 11);
      out.writeCharacters(name.length() <= letters ? name : name.substring(0, letters - 2) + "..");
      out.writeEndElement();
    }
    out.writeEndElement();
    double next = left;
    for (Frame callee : frame.callees()) {
      if (callee.samples() >= least) {
        box(callee, next, level + 1);
      }
      next += callee.samples() / pixel;
    }
  }

  /** Without the package. */
  private static String shortened(String name) {
    int method = name.lastIndexOf('.');
    return name.startsWith("thread") || method < 0
        ? name
        : name.substring(name.lastIndexOf('.', method - 1) + 1);
  }

  private static String color(String name) {
    for (Map.Entry<String, String> color : COLORS.entrySet()) {
      if (name.startsWith(color.getKey())) {
        return color.getValue();
      }
    }
    return LIBRARIES;
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }

  private void element(String name, String text) throws XMLStreamException {
    out.writeStartElement(name);
    out.writeCharacters(text);
    out.writeEndElement();
  }

  private void attributes(Object... namesAndValues) throws XMLStreamException {
    for (int i = 0; i < namesAndValues.length; i += 2) {
      out.writeAttribute(namesAndValues[i].toString(), namesAndValues[i + 1].toString());
    }
  }
}
