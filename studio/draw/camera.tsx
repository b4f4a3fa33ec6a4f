/** @file One picture from the camera. The pictures go to this server and nowhere else. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Icon } from '../components/icons.tsx';
import { notify } from '../state/notice.ts';

export function Camera({ onPicture }: { onPicture: (picture: Blob) => void }) {
  const stream = useSignal<MediaStream | null>(null);
  const video = useRef<HTMLVideoElement>(null);
  const open = stream.value;

  useEffect(() => {
    if (video.current) video.current.srcObject = open;
    return () => {
      for (const track of open?.getTracks() ?? []) track.stop();
    };
  }, [open]);

  // Browsers offer the camera only over https and on the own machine.
  if (!navigator.mediaDevices?.getUserMedia) return null;

  const start = async () => {
    try {
      stream.value = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
    } catch {
      notify('There is no camera, or the browser was not allowed to use it.', 'problem');
    }
  };
  const take = () => {
    const source = video.current;
    if (!source?.videoWidth) return;
    const canvas = document.createElement('canvas');
    canvas.width = source.videoWidth;
    canvas.height = source.videoHeight;
    canvas.getContext('2d')?.drawImage(source, 0, 0);
    canvas.toBlob((picture) => picture && onPicture(picture), 'image/jpeg', 0.92);
  };
  if (!open) {
    return (
      <div class="pad-buttons">
        <button type="button" class="button button-small" data-testid="camera-start" onClick={start}>
          <Icon name="camera" size={14} />
          Use the camera
        </button>
      </div>
    );
  }
  return (
    <div class="camera">
      <video ref={video} autoplay muted playsInline aria-label="Picture from the camera" />
      <div class="pad-buttons">
        <button type="button" class="button button-small button-primary" data-testid="camera-take" onClick={take}>
          <Icon name="camera" size={14} />
          Take a picture
        </button>
        <button
          type="button"
          class="button button-small"
          onClick={() => {
            stream.value = null;
          }}
        >
          <Icon name="stop" size={14} />
          Stop
        </button>
      </div>
    </div>
  );
}
