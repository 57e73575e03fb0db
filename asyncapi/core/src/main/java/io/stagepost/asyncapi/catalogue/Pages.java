package io.stagepost.asyncapi.catalogue;

/** Where pages are, from the site's root. */
final class Pages {
  static final String OVERVIEW = "index.html";
  static final String MAP = "map.html";
  static final String CHANNELS = "channels.html";

  private Pages() {}

  static String of(Entry entry) {
    return "contracts/" + entry.slug() + ".html";
  }

  static String of(Landscape.Place place) {
    return "channels/" + place.slug() + ".html";
  }
}
