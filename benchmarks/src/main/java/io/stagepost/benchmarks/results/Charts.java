package io.stagepost.benchmarks.results;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Shape;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Rectangle2D;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.Transformer;
import javax.xml.transform.TransformerException;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.apache.batik.svggen.SVGGraphics2D;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.annotations.XYTextAnnotation;
import org.jfree.chart.axis.LogAxis;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.axis.NumberTickUnit;
import org.jfree.chart.axis.SymbolAxis;
import org.jfree.chart.axis.ValueAxis;
import org.jfree.chart.block.BlockBorder;
import org.jfree.chart.plot.ValueMarker;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.XYErrorRenderer;
import org.jfree.chart.ui.Layer;
import org.jfree.chart.ui.RectangleInsets;
import org.jfree.chart.ui.TextAnchor;
import org.jfree.data.xy.XYIntervalSeries;
import org.jfree.data.xy.XYIntervalSeriesCollection;
import org.jspecify.annotations.Nullable;
import org.w3c.dom.Element;

/**
 * An SVG picture for each group: the ratio to each of those that a row is compared with, its median
 * as a point and all rounds as a whisker, and the target. Rows without a target are left out, and
 * so is what never came to an end. The same rows and fonts make the same bytes.
 */
public final class Charts {
  private static final String SVG = "http://www.w3.org/2000/svg";
  private static final int WIDTH = 960;
  private static final int LINE = 26;
  private static final int AROUND = 130;
  private static final Font FONT = new Font(Font.SANS_SERIF, Font.PLAIN, 13);
  private static final Color INK = new Color(0x24292f);
  private static final Color EQUAL = new Color(0x8c959f);
  private static final Color GRID = new Color(0xd0d7de);

  /** No scale begins below: a ratio of 0, of what never came from us, has no place on it. */
  private static final double LEAST = 1 / 64.0;

  /** Left and right of all that is shown, where the scale is even. */
  private static final double ROOM = 0.4;

  /** The same as a share of all that is shown, where it is not; a doubling at least. */
  private static final double ROOM_OF_DOUBLING = 0.1;

  /** From this quotient of the greatest to the least on, the scale is one of doublings. */
  private static final double LINEAR = 4;

  /** Turns light into dark and keeps the hues, for those who asked for dark pages. */
  private static final String STYLE =
      "@media (prefers-color-scheme: dark) { svg { filter: invert(0.9) hue-rotate(180deg) } }";

  private final Group group;
  private final List<Entry> entries;

  private Charts(Group group, List<Entry> entries) {
    this.group = group;
    this.entries = entries;
  }

  /** What stands in a picture; the colours can be told apart without seeing colours well. */
  private record Mark(String text, Color color, Shape shape) {}

  private static final Mark MET =
      new Mark("median, target met", new Color(0x0969da), new Ellipse2D.Double(-5, -5, 10, 10));
  private static final Mark MISSED =
      new Mark("median, target missed", new Color(0xbc4c00), new Rectangle2D.Double(-4, -4, 8, 8));
  private static final Mark NO_TARGET =
      new Mark("median, no target", new Color(0x6e7781), new Ellipse2D.Double(-3, -3, 6, 6));
  private static final Mark TARGET =
      new Mark("target", INK, new Rectangle2D.Double(-1.5, -10, 3, 20));

  /** One line of a picture. */
  private record Entry(String label, Spread ratio, @Nullable Double target) {
    Mark mark() {
      if (target == null) {
        return NO_TARGET;
      }
      return ratio.median() >= target ? MET : MISSED;
    }

    String text() {
      return label
          + ": "
          + ratio.text("%.2f")
          + (target == null ? "" : String.format(Locale.ROOT, ", target %.2f", target));
    }
  }

  /**
   * Draws all groups that there is something of.
   *
   * @param results what was measured
   * @param folder where the pictures go, each named after its group; made if it is not there
   * @throws IOException if they cannot be written
   */
  public static void draw(Results results, Path folder) throws IOException {
    Files.createDirectories(folder);
    for (Group group : Group.values()) {
      List<Entry> entries = new ArrayList<>();
      for (Comparison row : results.rows()) {
        if (row.group() != group || row.target().isEmpty()) {
          continue;
        }
        for (Map.Entry<String, Spread> ratio : row.ratio().entrySet()) {
          if (ratio.getValue().isFinite()) {
            entries.add(
                new Entry(
                    row.name() + " vs " + ratio.getKey(),
                    ratio.getValue(),
                    row.target().get(ratio.getKey())));
          }
        }
      }
      if (!entries.isEmpty()) {
        new Charts(group, entries).write(folder.resolve(group.key() + ".svg"));
      }
    }
  }

  private void write(Path file) throws IOException {
    try {
      SVGGraphics2D graphics =
          new SVGGraphics2D(
              DocumentBuilderFactory.newInstance().newDocumentBuilder().newDocument());
      int height = AROUND + LINE * entries.size();
      chart().draw(graphics, new Rectangle2D.Double(0, 0, WIDTH, height));
      Element root = graphics.getRoot();
      root.setAttribute("viewBox", "0 0 " + WIDTH + " " + height);
      root.setAttribute("width", String.valueOf(WIDTH));
      root.setAttribute("height", String.valueOf(height));
      root.setAttribute("role", "img");
      root.setAttribute("aria-labelledby", "title description");
      add(root, "style", STYLE);
      add(root, "desc", String.join("; ", entries.stream().map(Entry::text).toList()))
          .setAttribute("id", "description");
      add(root, "title", group.title()).setAttribute("id", "title");
      Transformer text = TransformerFactory.newInstance().newTransformer();
      text.setOutputProperty(OutputKeys.INDENT, "yes");
      text.setOutputProperty(OutputKeys.OMIT_XML_DECLARATION, "yes");
      try (Writer out = Files.newBufferedWriter(file, UTF_8)) {
        text.transform(new DOMSource(root), new StreamResult(out));
      }
    } catch (ParserConfigurationException | TransformerException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** As the first child. */
  private static Element add(Element root, String name, String text) {
    Element element = root.getOwnerDocument().createElementNS(SVG, name);
    element.setTextContent(text);
    root.insertBefore(element, root.getFirstChild());
    return element;
  }

  private JFreeChart chart() {
    XYIntervalSeriesCollection data = new XYIntervalSeriesCollection();
    XYErrorRenderer renderer = new XYErrorRenderer();
    renderer.setDrawYError(false);
    renderer.setErrorStroke(new BasicStroke(1.5f));
    renderer.setCapLength(8);
    for (Mark mark : List.of(MET, MISSED, NO_TARGET, TARGET)) {
      renderer.setSeriesPaint(data.getSeriesCount(), mark.color);
      renderer.setSeriesShape(data.getSeriesCount(), mark.shape);
      data.addSeries(points(mark));
    }
    XYPlot plot = new XYPlot(data, ratios(), names(), renderer);
    plot.addDomainMarker(new ValueMarker(1, EQUAL, new BasicStroke(1.5f)), Layer.BACKGROUND);
    for (int i = 0; i < entries.size(); i++) {
      plot.addAnnotation(median(i, entries.get(i)));
    }
    plot.setBackgroundPaint(Color.WHITE);
    plot.setDomainGridlinePaint(GRID);
    plot.setRangeGridlinePaint(GRID);
    JFreeChart chart = new JFreeChart(group.title(), FONT.deriveFont(Font.BOLD, 16), plot, true);
    chart.getTitle().setPaint(INK);
    chart.getLegend().setItemFont(FONT);
    chart.getLegend().setItemPaint(INK);
    chart.getLegend().setFrame(BlockBorder.NONE);
    chart.setBackgroundPaint(Color.WHITE);
    return chart;
  }

  private XYIntervalSeries points(Mark mark) {
    XYIntervalSeries points = new XYIntervalSeries(mark.text);
    for (int i = 0; i < entries.size(); i++) {
      Entry entry = entries.get(i);
      Double target = entry.target;
      if (mark.equals(entry.mark())) {
        points.add(entry.ratio.median(), entry.ratio.min(), entry.ratio.max(), i, i, i);
      } else if (mark.equals(TARGET) && target != null) {
        points.add(target, target, target, i, i, i);
      }
    }
    return points;
  }

  /** In figures, at the end of the whisker that is farther from the target. */
  private static XYTextAnnotation median(int line, Entry entry) {
    boolean right = !entry.mark().equals(MISSED);
    XYTextAnnotation text =
        new XYTextAnnotation(
            String.format(Locale.ROOT, "  %.2f  ", entry.ratio.median()),
            right ? entry.ratio.max() : entry.ratio.min(),
            line);
    text.setTextAnchor(right ? TextAnchor.CENTER_LEFT : TextAnchor.CENTER_RIGHT);
    text.setFont(FONT);
    text.setPaint(INK);
    return text;
  }

  private ValueAxis ratios() {
    double least = 1;
    double most = 1;
    for (Entry entry : entries) {
      double target = entry.target == null ? 1 : entry.target;
      least = Math.min(least, Math.min(target, entry.ratio.min()));
      most = Math.max(most, Math.max(target, entry.ratio.max()));
    }
    least = Math.max(least, LEAST);
    DecimalFormat format =
        new DecimalFormat("0.###", DecimalFormatSymbols.getInstance(Locale.ROOT));
    ValueAxis axis;
    if (most / least < LINEAR) {
      NumberAxis even = new NumberAxis();
      even.setNumberFormatOverride(format);
      even.setRange(Math.max(0, least - ROOM), most + ROOM);
      axis = even;
    } else {
      LogAxis doubling = new LogAxis();
      doubling.setBase(2);
      doubling.setTickUnit(new NumberTickUnit(1));
      doubling.setNumberFormatOverride(format);
      double room = Math.max(2, Math.pow(most / least, ROOM_OF_DOUBLING)); // for labels
      doubling.setRange(least / room, most * room);
      axis = doubling;
    }
    axis.setLabel("ratio of ours to theirs; right of 1 ours is better");
    axis.setLabelFont(FONT);
    axis.setLabelPaint(INK);
    axis.setTickLabelFont(FONT);
    axis.setTickLabelPaint(INK);
    return axis;
  }

  private ValueAxis names() {
    SymbolAxis axis =
        new SymbolAxis(null, entries.stream().map(Entry::label).toArray(String[]::new));
    axis.setInverted(true);
    axis.setGridBandsVisible(false);
    axis.setTickUnit(new NumberTickUnit(1));
    axis.setTickLabelInsets(new RectangleInsets(2, 8, 2, 8));
    axis.setRange(-0.5, entries.size() - 0.5);
    axis.setTickLabelFont(FONT);
    axis.setTickLabelPaint(INK);
    return axis;
  }
}
