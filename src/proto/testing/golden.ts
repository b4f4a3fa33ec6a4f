/**
 * @file Messages as protobuf's own compiler and Python runtime encode them, from the original descriptors of TensorFlow,
 * TensorFlow Serving and the Open Inference Protocol: deterministic, hex.
 */
export const GOLDEN = {
  /** PredictRequest{mnist, version 3, serving_default; images f32[1,2]={1,2} in float_val; output_filter scores} */
  predictRequest:
    '0a1c0a056d6e697374120208031a0f73657276696e675f64656661756c7412200a06696d6167657312160801120812020801120208022a080000803f000000401a0673636f726573',
  /** the same with tensor_content */
  predictRequestContent:
    '0a1c0a056d6e697374120208031a0f73657276696e675f64656661756c7412200a06696d61676573121608011208120208011202080222080000803f000000401a0673636f726573',
  /** PredictRequest{mnist, label stable; image_bytes string[1]={89 50 4e 47}} */
  predictRequestLabel:
    '0a0f0a056d6e6973742206737461626c65121d0a0b696d6167655f6279746573120e0807120412020801420489504e47',
  /** PredictResponse{mnist, 3, serving_default; scores f32[1,2]={0.25,0.75} float_val} */
  predictResponse:
    '0a200a0673636f72657312160801120812020801120208022a080000803e0000403f121c0a056d6e697374120208031a0f73657276696e675f64656661756c74',
  /** ClassificationRequest{mnist; one Example x float_list 2.0} */
  classificationRequest: '0a070a056d6e69737412150a130a110a0f0a0d0a0178120812060a0400000040',
  /** ClassificationResponse{mnist,3,serving_default; cat 0.75} */
  classificationResponse:
    '0a0e0a0c0a0a0a03636174150000403f121c0a056d6e697374120208031a0f73657276696e675f64656661756c74',
  /** GetModelStatusResponse{version 3, AVAILABLE, status present and OK} */
  statusResponse: '0a060803101e1a00',
  /** GetModelMetadataRequest{mnist, signature_def} */
  metadataRequest: '0a070a056d6e697374120d7369676e61747572655f646566',
  /** GetModelMetadataResponse{mnist,3; serving_default predict images f32[-1,784] x:0 -> scores f32[-1,10] y:0} */
  metadataResponse:
    '0a0b0a056d6e6973741202080312ca010a0d7369676e61747572655f64656612b8010a36747970652e676f6f676c65617069732e636f6d2f74656e736f72666c6f772e73657276696e672e5369676e61747572654465664d6170127e0a7c0a0f73657276696e675f64656661756c7412690a250a06696d61676573121b0a03783a3010011a12120b08ffffffffffffffffff01120308900612240a0673636f726573121a0a03793a3010011a11120b08ffffffffffffffffff011202080a1a1a74656e736f72666c6f772f73657276696e672f70726564696374',
  /** ReloadConfigRequest{mnist /models/mnist tensorflow specific 1,2 stable->1} */
  reloadRequest:
    '0a3b0a390a370a056d6e697374120d2f6d6f64656c732f6d6e697374220a74656e736f72666c6f773a07b206040a020102420a0a06737461626c651001',
  /** ReloadConfigResponse OK */
  reloadResponse: '0a00',
  /** PredictionLog{predict_log.request = the tensor_content request} */
  predictionLog:
    '324a0a480a1c0a056d6e697374120208031a0f73657276696e675f64656661756c7412200a06696d61676573121608011208120208011202080222080000803f000000401a0673636f726573',
  /** TFRecord holding that PredictionLog */
  predictionLogRecord:
    '4c00000000000000f5d4a2a0324a0a480a1c0a056d6e697374120208031a0f73657276696e675f64656661756c7412200a06696d61676573121608011208120208011202080222080000803f000000401a0673636f72657326e51f47',
  /** inference.ModelInferRequest{mnist, id 42, images FP32[1,2] contents} */
  inferRequest: '0a056d6e6973741a0234322a1e0a06696d616765731204465033321a0201022a0a32080000803f00000040',
  /** inference.ModelInferRequest, raw_input_contents */
  inferRequestRaw: '0a056d6e6973741a0234322a120a06696d616765731204465033321a0201023a080000803f00000040',
  /** inference.ModelInferResponse{mnist,3,42; scores FP32[1,2] raw} */
  inferResponseRaw: '0a056d6e6973741201331a0234322a120a0673636f7265731204465033321a02010232080000803e0000403f',
  /** inference.ModelInferRequest{m; output scores, classification=2} */
  inferRequestClassification: '0a016d321e0a0673636f72657312140a0e636c617373696669636174696f6e12021002',
} as const;
