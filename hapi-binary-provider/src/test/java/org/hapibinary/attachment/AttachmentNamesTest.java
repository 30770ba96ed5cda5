/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.attachment;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AttachmentNamesTest {

    private final AttachmentNames names = new AttachmentNames();

    @ParameterizedTest
    @CsvSource({
        "scan.png, image/png, scan.png",
        "Arztbrief Müller.pdf, application/pdf, Arztbrief Müller.pdf",
        "Visit note, text/plain, Visit note.txt",
        "Visit note, text/plain;charset=utf-8, Visit note.txt",
        "Dr. Smith, application/pdf, Dr. Smith.pdf",
        ", application/pdf, id.pdf",
        "' ', IMAGE/PNG, id.png",
        "photo, image/jpeg, photo.jpeg",
        "x-ray, application/dicom, x-ray.dcm",
        "letter, application/vnd.openxmlformats-officedocument.wordprocessingml.document, letter.docx",
        "summary, application/xml, summary.xml",
        "film, video/mp4, film.mp4",
        "odd, application/x-nobody-knows, odd.bin",
        "odd, , odd.bin"
    })
    void anAttachmentKeepsItsTitleAndHasTheExtensionOfItsType(String title, String type, String name) {
        assertThat(names.nameOf("id", title, type == null ? "" : type)).isEqualTo(name);
    }

    @Test
    void anIdThatLooksLikeAFileHasAnExtensionNevertheless() {
        assertThat(names.nameOf("1.2.840", null, "application/pdf")).isEqualTo("1.2.840.pdf");
    }

    @Test
    void aLongTitleIsCutOffAndKeepsItsExtension() {
        String name = names.nameOf("id", "x".repeat(5_000) + ".pdf", "application/pdf");

        assertThat(name).hasSizeLessThanOrEqualTo(200).endsWith("x.pdf");
        assertThat(names.nameOf("id", "y".repeat(5_000), "application/pdf"))
                .hasSizeLessThanOrEqualTo(201)
                .endsWith("y.pdf");
    }
}
