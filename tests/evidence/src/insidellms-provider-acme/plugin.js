import createDriver from './driver.js'

export default {
  name: 'insidellms-provider-acme',
  apiVersion: 1,
  register({ models }) {
    models.register('acme', createDriver)
  },
}
