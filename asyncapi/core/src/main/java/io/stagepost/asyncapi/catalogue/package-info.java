/**
 * What many contracts say together: who talks to whom, and a site for people to look it up.
 *
 * <pre>
 *   directories ─ Catalogue ─ Landscape (who sends and receives where) ─ ContractMap ─ Drawing
 *                                 └ Site (pages, search index) ─ SiteDirectory
 * </pre>
 *
 * <p>Whatever comes from a contract is text until {@code Html} or {@code Markdown} has escaped it.
 * The same contracts give the same bytes: no times, no absolute paths.
 *
 * <p>The site needs commonmark-java (BSD-2-Clause) on the class path, an optional dependency.
 */
@NullMarked
package io.stagepost.asyncapi.catalogue;

import org.jspecify.annotations.NullMarked;
