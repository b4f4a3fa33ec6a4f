/** @file Error codes of datasets: where they come from, what is in them. */
export const DATASET_ERRORS = {
  dataset_not_found: { status: 404, fix: 'Check the path, the URL or the id of the dataset.' },
  dataset_option_invalid: { status: 400, fix: 'Correct the option that the message names.' },
  dataset_format_unknown: {
    status: 422,
    fix: 'Give a folder, a .tgz, .tar.gz, .tar or .zip of class folders, IDX files, an .npz, or an MNIST .pkl.gz.',
  },
  dataset_empty: {
    status: 422,
    fix: 'Put the pictures into one folder per class, such as flowers/roses/1.jpg and flowers/tulips/2.jpg.',
  },
  dataset_one_class: { status: 422, fix: 'Add a folder with pictures of at least one other class.' },
  dataset_too_large: { status: 413, fix: 'Use a smaller dataset, or a part of this one.' },
  class_names_collide: { status: 422, fix: 'Rename or merge the class folders that the message names.' },
  test_classes_differ: { status: 422, fix: 'Use a test set whose classes are named as in the training set.' },

  archive_corrupt: { status: 422, fix: 'Make or download the archive again: part of it is missing or damaged.' },
  archive_encrypted: { status: 422, fix: 'Make an archive without a password.' },
  archive_unsafe: { status: 422, fix: 'Make the archive again from plain files and folders, with relative names.' },
  archive_bomb: { status: 413, fix: 'If the archive is to be trusted, unpack it and give the folder.' },
  archive_is_web_page: { status: 422, fix: 'Give the address of the file itself, not of the page that links to it.' },

  idx_invalid: { status: 422, fix: 'Use the four IDX files as they were published, plain or gzipped.' },
  npz_invalid: { status: 422, fix: 'Save x_train, y_train, x_test and y_test with numpy.savez.' },
  npz_pickled: {
    status: 422,
    fix: 'Save plain number arrays: for example x.astype("uint8") with numpy.savez. Pictor runs no Python objects.',
  },
  pickle_unsafe: { status: 422, fix: 'Save the arrays with numpy.savez and give the .npz file.' },
  pickle_invalid: { status: 422, fix: 'Use the file as it was published, or save the arrays with numpy.savez.' },

  url_invalid: { status: 400, fix: 'Give an address that starts with http:// or https://.' },
  url_private: {
    status: 403,
    fix: 'Use a public address. Whoever runs this server may set PICTOR_ALLOW_PRIVATE_URLS=1 to allow private ones.',
  },
  url_unreachable: { status: 502, fix: 'Check the address and the network, then try again.' },
  url_timeout: { status: 504, fix: 'Try again later, or download the file and give it directly.' },
  url_status: { status: 502, fix: 'Open the address in a browser to see whether it is right and public.' },
  url_redirects: { status: 502, fix: 'Give the final address of the file.' },
  download_too_large: { status: 413, fix: 'Use a smaller file, or raise the limit in the settings.' },
} as const;
