/** @file The Swagger page of fullstack-tensor-flow's interface, and its description, in the words of the original. */

/** As flask-restplus writes it. */
export const TF_SWAGGER = {
  swagger: '2.0',
  basePath: '/tf',
  paths: {
    '/mnist/{model}': {
      parameters: [{ name: 'model', in: 'path', required: true, type: 'string', description: 'TensorFlow Model Name' }],
      post: {
        summary: 'Labels a picture of a digit',
        operationId: 'post_mnist',
        tags: ['mnist'],
        consumes: ['multipart/form-data'],
        parameters: [{ name: 'image', in: 'formData', type: 'file', required: true }],
        responses: {
          200: { description: 'Success', schema: { $ref: '#/definitions/Classification' } },
          400: { description: 'Serving Error', schema: { $ref: '#/definitions/Message' } },
          404: { description: 'Not Found', schema: { $ref: '#/definitions/Message' } },
          500: { description: 'Internal server error', schema: { $ref: '#/definitions/Message' } },
        },
      },
    },
  },
  definitions: {
    Classification: {
      type: 'object',
      properties: {
        classification_result: {
          type: 'array',
          items: {
            type: 'object',
            properties: { digit: { type: 'integer' }, probability: { type: 'number' } },
          },
        },
      },
    },
    Message: { type: 'object', properties: { message: { type: 'string' } } },
  },
  info: {
    title: 'TensorFlow Serving REST Api',
    version: '1.0',
    description: 'RESTful API wrapper for TensorFlow Serving',
  },
  produces: ['application/json'],
  consumes: ['application/json'],
  tags: [
    { name: 'default', description: 'Default namespace' },
    { name: 'mnist', description: 'MNIST models' },
  ],
} as const;

/** @param assets where Swagger UI's files are, without a slash at the end */
export function swaggerPage(assets: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${TF_SWAGGER.info.title}</title>
<link rel="stylesheet" href="${assets}/swagger-ui.css">
<link rel="icon" href="${assets}/favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="${assets}/swagger-ui-bundle.js"></script>
<script src="/tf/page.js"></script>
</body>
</html>
`;
}

/** The policy of the page allows no script inside it. Links of the original begin with `#!`. */
export const SWAGGER_SCRIPT = `if (location.hash.startsWith('#!/')) history.replaceState(null, '', '#' + location.hash.slice(2));
SwaggerUIBundle({
  url: '/tf/swagger.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  docExpansion: 'list',
  validatorUrl: null,
});
`;
