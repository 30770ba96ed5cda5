/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

/** Prepares text from resources and requests for a column: PostgreSQL cannot store the character U+0000. */
final class CatalogText {

    private CatalogText() {}

    static String of(String text, int maxLength) {
        String printable = text.codePoints()
                .filter(character -> !Character.isISOControl(character))
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        if (printable.length() <= maxLength) {
            return printable;
        }
        boolean splitsPair = Character.isHighSurrogate(printable.charAt(maxLength - 1));
        return printable.substring(0, splitsPair ? maxLength - 1 : maxLength);
    }
}
