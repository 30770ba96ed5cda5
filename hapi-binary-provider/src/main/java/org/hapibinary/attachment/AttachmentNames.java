/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.attachment;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaTypeFactory;

/**
 * Determines the file names of attachments: the title, or the id if there is none. It appends the extension of the
 * media type if the name has no extension.
 */
final class AttachmentNames {

    private static final int MAX_LENGTH = 200;
    private static final Pattern WITH_EXTENSION = Pattern.compile(".*[^.\\s]\\.[A-Za-z0-9]{1,8}");
    private static final String UNKNOWN = "bin";

    /** Extensions of documents, images, audio and video in records. Of several for a media type, the first is used. */
    private static final List<String> EXTENSIONS = List.of(
            "pdf", "txt", "html", "xhtml", "xml", "json", "csv", "rtf", "tex", "vcf", "ics", "eml", "zip", "gz", "tar",
            "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt", "ods", "odp", "jpeg", "png", "gif", "bmp", "tiff",
            "svg", "webp", "mp3", "oga", "wav", "aac", "flac", "weba", "mp4", "mpeg", "mov", "ogv", "webm", "avi");

    private final Map<String, String> extensions = new HashMap<>();

    /** Looks up the media types of the extensions in Spring's table, which lacks DICOM (RFC 3240 §4.1). */
    AttachmentNames() {
        extensions.put("application/dicom", "dcm");
        for (String extension : EXTENSIONS) {
            MediaTypeFactory.getMediaType("a." + extension)
                    .ifPresent(type -> extensions.putIfAbsent(type.toString(), extension));
        }
    }

    String nameOf(String binaryId, @Nullable String title, String contentType) {
        String name = title == null || title.isBlank() ? binaryId : title.strip();
        if (name.equals(binaryId) || !WITH_EXTENSION.matcher(name).matches()) {
            name = shortened(name) + "." + extensionOf(contentType);
        }
        return name.length() > MAX_LENGTH
                ? shortened(name.substring(0, name.lastIndexOf('.'))) + name.substring(name.lastIndexOf('.'))
                : name;
    }

    private static String shortened(String name) {
        return name.length() > MAX_LENGTH - 10 ? name.substring(0, MAX_LENGTH - 10) : name;
    }

    private String extensionOf(String contentType) {
        String type = contentType.split(";", -1)[0].strip().toLowerCase(Locale.ROOT);
        return extensions.getOrDefault(type, UNKNOWN);
    }
}
