/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import java.io.IOException;
import org.hapibinary.observability.DownloadRecorder;
import org.hapibinary.observability.SentDownload;
import org.hapibinary.storage.MissingContentException;
import org.hapibinary.storage.StoredContent;

/** Records that the server has cut a download, by the reason. */
record CutRecorder(SentDownload sending, DownloadRecorder recorder) {

    void cut(long sent, IOException cause) {
        if (cause instanceof MissingContentException) {
            recorder.contentFault(sending.binaryId(), cause);
        }
        if (cause instanceof Pace.TooSlowException || cause instanceof StoredContent.CutOffException) {
            sending.cutOff(sent, cause.getMessage());
        } else {
            sending.cut(sent, cause);
        }
    }
}
