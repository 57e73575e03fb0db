@NullMarked
package io.stagepost.samples.shop.launcher;

import org.jspecify.annotations.NullMarked;
